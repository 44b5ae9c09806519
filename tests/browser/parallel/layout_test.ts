/**
 * What the page shows where, and what can be changed of it.
 */
import assert from "node:assert/strict";
import type { Bot } from "../../../src/core/bot.ts";
import { createTransport } from "../../../src/transports/create.ts";
import { clientPage } from "../client_page.ts";
import { listeningBot } from "../listening_bot.ts";

Deno.test("the parts of the page have the size that they were given, by hand or by keys, and keep it", async () => {
  const { bot } = listeningBot();
  await using client = await clientPage(bot);
  const { page } = client;
  const width = async (selector: string) =>
    Math.round((await page.locator(selector).boundingBox())?.width ?? 0);
  const edge = page.getByRole("separator", { name: "Width of the call" });
  const before = await width(".stage");

  await edge.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await width(".stage"), before + 16);
  await page.keyboard.press("End");
  assert.equal(await edge.getAttribute("aria-valuenow"), await edge.getAttribute("aria-valuemax"));
  await edge.dblclick();
  assert.equal(await width(".stage"), before);
  const box = await page.getByRole("separator", { name: "Width of the inspector" }).boundingBox();
  const inspector = await width(".inspector");
  assert.ok(box);
  await page.mouse.move(box.x + 6, box.y + 90);
  await page.mouse.down();
  await page.mouse.move(box.x - 44, box.y + 90, { steps: 3 });
  await page.mouse.up();
  const wider = await width(".inspector");
  assert.ok(Math.abs(wider - inspector - 50) < 12, `${inspector} → ${wider}`);
  await page.reload();
  await page.locator(".inspector").waitFor();
  assert.equal(await width(".inspector"), wider);
});

Deno.test("in a call on WebRTC: its keypad, the bot's volume, and the microphone as the switches say", async () => {
  const { bot, key } = keyBot();
  await using client = await clientPage(bot, { watchConnections: true });
  const { page } = client;
  const sent = async () =>
    await page.evaluate(`(() => {
      const { track } = connections[0].getSenders()[0];
      const { echoCancellation, noiseSuppression } = track.getSettings();
      return { state: track.readyState, echoCancellation, noiseSuppression };
    })()`) as typeof microphone;
  const microphone = { state: "live", echoCancellation: true, noiseSuppression: true };
  await page.getByLabel("Bot's volume").fill("40");
  await client.connect();
  assert.deepEqual(await sent(), microphone);

  await page.getByLabel("Cancel echoes").uncheck();
  while ((await sent()).echoCancellation !== false) await page.waitForTimeout(20);
  assert.deepEqual(await sent(), { ...microphone, echoCancellation: false });
  assert.equal(await page.evaluate(`document.querySelector("audio").volume`), 0.4);
  await page.getByRole("button", { name: "Keypad" }).click();
  await page.getByRole("button", { name: "7", exact: true }).click();
  assert.equal(await key, "7");
});

Deno.test("the page says what the bot does, and reads out a line when it is finished", async () => {
  const { promise: go, resolve } = Promise.withResolvers<void>();
  const line = { text: "It is warm.", output_type: "sentence", segment_id: 1 };
  const progress = { accumulated_text: "It is", remaining_text: " warm." };
  await using client = await clientPage(async (args) => {
    await using transport = await createTransport(args);
    const { rtvi } = transport;
    await rtvi.clientReady;
    rtvi.send("bot-llm-started");
    rtvi.send("bot-output", {
      ...line,
      will_be_spoken: true,
      spoken_status: "in-progress",
      spoken_progress: progress,
    });
    await go;
    rtvi.send("bot-started-speaking");
    rtvi.send("bot-output", { ...line, will_be_spoken: true, spoken_status: "completed" });
    await transport.readable.pipeTo(new WritableStream());
  });
  const { page } = client;
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.reload();
  const state = page.locator(".meter.bot .note");
  const log = page.getByRole("log");
  const picture = () => page.evaluate(`document.querySelector(".meter.user canvas").toDataURL()`);

  await page.getByRole("button", { name: "Connect" }).click();
  await state.getByText("thinking", { exact: true }).waitFor();
  await page.locator(".bot-state", { hasText: "Bot thinking" }).waitFor();
  await page.locator(".line.thinking").waitFor();
  await client.reads("It is warm.");
  assert.equal(await log.textContent(), "", "nothing is finished");
  const before = await picture();
  assert.ok(await client.level("You") > 0.1);
  assert.equal(await picture(), before, "who wants no motion sees none");
  resolve();
  await state.getByText("speaking", { exact: true }).waitFor();
  assert.equal(await log.textContent(), "Bot: It is warm.");
  await page.getByRole("button", { name: "Mute" }).click();
  await page.locator(".meter.user .note", { hasText: "muted" }).waitFor();
});

/** A bot that tells which key was pressed first. */
function keyBot(): { readonly bot: Bot; readonly key: Promise<string> } {
  const { promise: key, resolve } = Promise.withResolvers<string>();
  const bot: Bot = async (args) => {
    await using transport = await createTransport(args);
    for await (const frame of transport.readable) if (frame.type === "dtmf") resolve(frame.digit);
  };
  return { bot, key };
}

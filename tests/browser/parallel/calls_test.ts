/**
 * Calls that are over: kept, listed, shown and heard again.
 */
import assert from "node:assert/strict";
import { encodeWav, parseWav } from "../../../src/audio/wav.ts";
import { sine } from "../../audio/signals.ts";
import type { Bot } from "../../../src/core/bot.ts";
import { createTransport } from "../../../src/transports/create.ts";
import { type ClientPage, clientPage, SEED } from "../client_page.ts";
import { assertMelody, listenFor, MELODY_MS, recognise } from "../known_audio.ts";
import { listeningBot } from "../listening_bot.ts";

async function save({ page }: ClientPage, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name, exact: true }).click(),
  ]);
  return await Deno.readFile(await download.path());
}

/** Stays in a call until the melody has come through, and there are some seconds to be played. */
async function talk({ page, record }: ClientPage): Promise<void> {
  const [played] = await Promise.all([
    listenFor(SEED, record),
    page.waitForTimeout(2.2 * MELODY_MS),
  ]);
  assertMelody(played, "played");
}

/** Waits until a call that is played has come beyond its first second. */
async function plays({ page }: ClientPage): Promise<void> {
  await page.locator(".replay .time", { hasText: /0:0[1-9] \// }).waitFor();
}

Deno.test("a call is kept: after a reload it is listed, shown, and heard as it was", async () => {
  await using client = await clientPage(listeningBot().bot);
  const { page } = client;
  await client.connect();
  await talk(client);
  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("button", { name: "Play the call" }).waitFor();

  await page.reload();
  await page.getByRole("button", { name: "Calls" }).click();
  await page.locator(".calls li", { hasText: "You ended the call." }).getByRole("button").click();

  await page.locator(".messages .type", { hasText: "bot-ready" }).waitFor();
  const { samples, sampleRate } = parseWav(await save(client, "Save the audio as WAV"));
  const side = (offset: number) => samples.filter((_, i) => i % 2 === offset);
  const [left, right] = [0, 1].map((offset) => recognise(side(offset), sampleRate, SEED));
  console.log({ left, right });
  assert.ok(left! > 0.8, "the user is on the left");
  assert.ok(right! > 0.8, "the bot is on the right");

  await page.getByRole("button", { name: "Play the call" }).click();
  await plays(client);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.locator("h1").click();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByText("Every message between this page and the bot is shown here.").waitFor();
});

Deno.test("a call is saved as one page, which opens without a network and is heard as it was", async () => {
  await using client = await clientPage(listeningBot().bot, {
    hash: "#transport=phone&carrier=twilio&from=%2B15550001111",
    sockets: true,
  });
  const { page } = client;
  await page.getByRole("button", { name: "Call", exact: true }).click();
  await client.says("You are on the phone. Say something.");
  await talk(client);
  await page.getByRole("button", { name: "Hang up" }).click();
  await page.getByRole("button", { name: "Save the call as one file" }).click();
  const path = await Deno.makeTempFile({ suffix: ".call.html" });
  await Deno.writeFile(path, await save(client, "Save"));
  assert.ok(!(await Deno.readTextFile(path)).includes("5550001111"), "numbers stay here");

  await page.context().setOffline(true);
  await page.goto(`file://${path}`);
  await page.locator(".messages .type", { hasText: "start" }).first().waitFor();
  const { samples, sampleRate } = parseWav(await save(client, "Save the audio as WAV"));
  const left = recognise(samples.filter((_, i) => i % 2 === 0), sampleRate, SEED);
  console.log({ left });
  assert.ok(left > 0.7, "a phone call's user");
  await page.getByRole("button", { name: "Play the call" }).click();
  await plays(client);

  await page.getByLabel("Compare with a call file").setInputFiles(path);
  await page.getByText("The words are the same in all turns.").waitFor();
  await page.getByRole("button", { name: /^Play turn \d of B/ }).first().click();
  await page.getByRole("button", { name: /^Stop turn \d of B/ }).waitFor();
  await Deno.remove(path);
});

Deno.test("a call is saved as a test, and run again: a bot that is half a second slower is seen to be", async () => {
  let lateMs = 0;
  const answering: Bot = async (args) => {
    await using transport = await createTransport(args);
    const tone = { type: "audio", sampleRate: 8000, channels: 1 } as const;
    transport.say({ ...tone, samples: sine(440, 8000, 0.3) });
    let silentMs = -Infinity;
    for await (const samples of transport.audio()) {
      silentMs = samples.some((sample) => Math.abs(sample) > 1000) ? 0 : silentMs + 20;
      if (silentMs !== 200) continue;
      await new Promise((resolve) => setTimeout(resolve, lateMs));
      transport.rtvi.userSaid("A table for two");
      await transport.rtvi.tool("book", { guests: 2 }, () => true);
      transport.say({ ...tone, samples: sine(600, 8000, 0.5) });
    }
  };
  const rate = 48_000;
  const silence = new Int16Array(2 * rate);
  const voice = Int16Array.from([...silence, ...sine(300, rate, 0.8), ...silence]);
  await using client = await clientPage(answering, {
    microphone: encodeWav({ samples: voice, sampleRate: rate, channels: 1 }),
  });
  const { page } = client;
  await client.connect();
  await page.waitForTimeout(5500);
  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("button", { name: "Save the call as a test" }).click();
  const downloads: Promise<readonly [string, Uint8Array]>[] = [];
  page.on("download", (download) =>
    downloads.push((async () => {
      const path = await download.path();
      return [download.suggestedFilename(), await Deno.readFile(path)];
    })()));

  await page.getByRole("spinbutton", { name: "The bot answers 1 within" }).fill("1234");
  await page.getByRole("textbox", { name: "Somebody says" }).fill("table for");
  await page.getByRole("textbox", { name: "The arguments of book" }).fill('{"guests":');
  assert.ok(await page.getByRole("button", { name: "Save", exact: true }).isDisabled(), "no JSON");
  await page.getByRole("textbox", { name: "The arguments of book" }).fill("{}");
  const count = parseInt(await page.getByText(/^\d+ files$/).textContent() ?? "");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  while (downloads.length < count) await page.waitForTimeout(20);

  const files = new Map(await Promise.all(downloads));
  const [name = ""] = [...files.keys()].filter((name) => name.endsWith("_test.ts"));
  const source = new TextDecoder().decode(files.get(name));
  assert.match(
    source,
    /within_ms":1234[^]*text_contains":"table for"[^]*"name":"book","args":\{\}/,
  );
  const clips = source.match(/[\w-]+\.wav/g) ?? [];
  assert.ok(clips.length > 0);
  for (const clip of clips) assert.ok(parseWav(files.get(clip)!).samples.length > 1000, clip);

  lateMs = 500;
  await page.getByRole("button", { name: "Run again" }).click();
  await client.says("The recorded caller talks to the bot.");
  await page.getByText(/^B's median answer is \d+ ms later/).waitFor();
  const verdict = await page.locator(".verdict").textContent() ?? "";
  const later = parseInt(/\d+/.exec(verdict)?.[0] ?? "");
  console.log(verdict);
  assert.ok(later > 350 && later < 900, verdict);
  assert.equal(await page.getByRole("heading", { name: "Opening" }).count(), 1);
});

Deno.test("the call of a bot that failed can be looked at until the next one is live", async () => {
  let calls = 0;
  const bot: Bot = async (args) => {
    calls++;
    await using transport = await createTransport(args);
    await transport.rtvi.clientReady;
    transport.rtvi.send("server-message", { call: calls });
    if (calls === 1) throw new Error("the bot of the first call fails");
    await transport.readable.pipeTo(new WritableStream());
  };
  await using client = await clientPage(bot);
  const { page } = client;
  const crash = page.locator(".messages .preview", { hasText: '"call":1' });
  await page.getByRole("button", { name: "Connect" }).click();
  await crash.waitFor();
  await client.says("The bot failed.");

  const go = Promise.withResolvers<void>();
  await page.route("**/start", async (route) => {
    await go.promise;
    await route.continue();
  });
  await page.getByRole("button", { name: "Connect" }).click();
  await client.says("Asking the runner for a bot.");
  assert.ok(await crash.isVisible(), "while the next one is on its way");
  go.resolve();
  await page.locator(".messages .preview", { hasText: '"call":2' }).waitFor();
  assert.equal(await crash.count(), 0);

  await page.getByRole("button", { name: "Calls" }).click();
  await page.locator(".calls li", { hasText: "The bot failed." }).getByRole("button").click();
  await crash.waitFor();

  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.getByRole("heading", { name: "Two calls side by side" }).waitFor();
  await page.getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: "Calls" }).click();
  const boxes = page.getByRole("checkbox", { name: /^Compare the call of/ });
  for (const i of [1, 0]) await boxes.nth(i).check();
  await page.getByRole("button", { name: "Compare two" }).click();
  await page.locator(".compare .name", { hasText: "The bot failed." }).waitFor();
});

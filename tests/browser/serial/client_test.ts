import assert from "node:assert/strict";
import { callFileSchema } from "../../../src/recording/call_file_schema.ts";
import { parseWav } from "../../../src/audio/wav.ts";
import type { Look } from "../chromium.ts";
import { clientPage, SEED } from "../client_page.ts";
import { untilIdle } from "../idle.ts";
import { assertMelody, listenFor, loudness, MELODY_MS, recognise } from "../known_audio.ts";
import { listeningBot } from "../listening_bot.ts";

const PHONE: Look = { size: { width: 390, height: 844 }, touch: true };

Deno.test("a call on the page: hear, be heard, type, mute, hang up, call again", async () => {
  const { bot, calls, hear, record } = listeningBot();
  await using client = await clientPage(bot);
  const { page } = client;

  await client.connect();
  await page
    .locator(".session dd")
    .getByText(calls[0]?.sessionId ?? "no call")
    .waitFor();
  const [heard, played] = await Promise.all([
    listenFor(SEED, record),
    listenFor(SEED, client.record),
  ]);
  assertMelody(heard, "heard");
  assertMelody(played, "played");
  assert.ok(
    (await client.level("You")) > 0.1 && (await client.level("Bot")) > 0.1,
    "meters move",
  );

  await page.getByLabel("Text for the bot").fill("good morning");
  await page.keyboard.press("Enter");
  await client.reads("You wrote: good morning");
  const types = await page.locator(".messages .type").allTextContents();
  assert.deepEqual(types, [
    "client-ready",
    "bot-ready",
    "send-text",
    "user-input",
    "bot-output",
  ]);

  await page.getByRole("button", { name: "Mute" }).click();
  await page.getByText("You are muted.").waitFor();
  await hear(1000); // what was on its way
  assert.ok(loudness(await hear(500)) < 5, "muted");
  await page.getByRole("button", { name: "Unmute" }).click();
  await hear(500);
  assert.ok(loudness(await hear(1000)) > 300, "unmuted");

  await page.getByRole("button", { name: "Disconnect" }).click();
  await client.says("You ended the call.");
  await untilIdle(client.server.runner, 4000);
  await client.connect();
  assert.equal(calls.length, 2);

  assert.deepEqual(
    [...client.origins],
    [client.server.url],
    "no request leaves the origin",
  );
  assert.deepEqual(client.requests.filter((url) => /daily/.test(url)), []);
  assert.deepEqual(client.errors, []);
});

Deno.test("the whole call works by keyboard", async () => {
  const { bot } = listeningBot();
  await using client = await clientPage(bot);
  const { keyboard } = client.page;
  /** Presses Tab until the focus is on what has this name. */
  async function tabTo(name: string): Promise<void> {
    for (let i = 0; i < 30; i++) {
      await keyboard.press("Tab");
      const focused = await client.page.evaluate(
        `document.activeElement.ariaLabel || document.activeElement.textContent.trim()`,
      );
      if (String(focused).startsWith(name)) return;
    }
    throw new Error(`Tab does not lead to ${name}.`);
  }

  await tabTo("Connect");
  await keyboard.press("Enter");
  await client.says("The bot is ready. Say something.");
  await tabTo("Mute");
  await keyboard.press("Space");
  await client.says("The bot is ready. You are muted.");
  await tabTo("Text for the bot");
  await keyboard.type("hello");
  await keyboard.press("Enter");
  await client.reads("You wrote: hello");
  await tabTo("Messages");
  await keyboard.press("ArrowRight");

  await client.page.getByRole("tabpanel", { name: "Latency" }).waitFor();
});

Deno.test(
  "nothing moves during a call, and nothing is wider than the screen",
  async () => {
    for (const look of [{}, PHONE]) {
      const { bot } = listeningBot();
      await using client = await clientPage(bot, { look });
      const places = async () => {
        const boxes = [
          "header",
          ".acts",
          ".mute",
          ".device",
          ".status",
          ".conversation",
          ".inspector",
          ".timeline",
        ].map((selector) => client.page.locator(selector).first().boundingBox());
        return await Promise.all(boxes);
      };

      const width = () => client.page.evaluate(`document.documentElement.scrollWidth`);

      const idle = await places();
      await client.connect();
      await client.page.locator(".chips li").first().waitFor({ state: "attached" });
      const live = await places();
      assert.equal(await width(), look.size?.width ?? 1280);
      await client.page.getByRole("button", { name: "Mute" }).click();
      const muted = await places();
      await client.server.kill();
      await client.page.getByRole("button", { name: "Disconnect" }).click();
      await client.page.getByRole("button", { name: "Connect", exact: true })
        .click();
      await client.says("The runner does not answer. Is it still running?");
      const failed = await places();

      assert.deepEqual(live, idle);
      assert.deepEqual(muted, idle);
      assert.deepEqual(failed, idle);
      assert.equal(await width(), look.size?.width ?? 1280);
    }
  },
);

Deno.test("a connection that breaks is made again, and the microphone goes on", async () => {
  const { bot, calls, record } = listeningBot();
  await using client = await clientPage(bot, { watchConnections: true });
  await client.connect();

  // What ICE does when the network has gone.
  await client.page.evaluate(`
    Object.defineProperty(connections[0], "iceConnectionState", { value: "failed" });
    connections[0].dispatchEvent(new Event("iceconnectionstatechange"));
  `);
  await client.page.evaluate(`(async () => {
    while (connections[1]?.connectionState !== "connected") {
      await new Promise(requestAnimationFrame);
    }
  })()`);

  assertMelody(await listenFor(SEED, record), "heard");
  assert.equal(calls.length, 1, "the same run of the bot");
  assert.equal(
    await client.page.evaluate(`connections[0].connectionState`),
    "closed",
  );
});

Deno.test("the page loads fast", async () => {
  const { bot } = listeningBot();
  await using client = await clientPage(bot);

  const timing = (await client.page.evaluate(`(async () => {
    const painted = () => performance.getEntriesByName("first-contentful-paint")[0];
    while (!painted()) await new Promise(requestAnimationFrame);
    const [page] = performance.getEntriesByType("navigation");
    const files = performance.getEntriesByType("resource");
    return {
      loadedMs: Math.round(page.loadEventEnd),
      firstPaintMs: Math.round(painted().startTime),
      requests: files.length + 1,
      kilobytes: Math.round([page, ...files].reduce((sum, { transferSize }) => sum + transferSize, 0) / 1000),
    };
  })()`)) as Record<string, number>;

  console.log(timing);
  assert.ok((timing.kilobytes ?? 999) < 150);
  assert.ok((timing.loadedMs ?? 9999) < 3000);
});

Deno.test("sound that stood still for two seconds is two seconds of silence on the timeline", async () => {
  const { bot } = listeningBot();
  await using client = await clientPage(bot);
  const { page } = client;
  await page.evaluate(`
    globalThis.contexts = [];
    globalThis.AudioContext = class extends AudioContext {
      constructor(options) {
        super(options);
        contexts.push(this);
      }
    };
  `);
  await client.connect();
  await page.waitForTimeout(500);
  await page.evaluate("Promise.all(contexts.map((context) => context.suspend()))");
  await page.waitForTimeout(2000);
  await page.evaluate("Promise.all(contexts.map((context) => context.resume()))");
  await page.waitForTimeout(1000);
  await page.getByRole("button", { name: "Disconnect" }).click();

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save the session as JSON" }).click(),
  ]);
  const { session, page: seen } = JSON.parse(await Deno.readTextFile(await download.path()));
  const { from, stepMs, user } = seen.loudness as {
    readonly from: number;
    readonly stepMs: number;
    readonly user: readonly number[];
  };

  const late = session.durationMs - (from + user.length * stepMs);
  assert.ok(Math.abs(late) < 300, `the timeline ends ${late} ms before the call`);
  const silent = user.filter((level) => level === 0).length * stepMs;
  assert.ok(silent >= 1900, `${silent} ms are silent`);
});

Deno.test("the call is drawn, measured and saved: JSON and WAV", async () => {
  const { bot, calls } = listeningBot();
  await using client = await clientPage(bot);
  const { page } = client;
  await client.connect();
  await page.getByRole("tab", { name: "Latency" }).click();
  for (const name of ["Microphone", "Start", "Offer", "ICE", "DTLS", "Bot ready"]) {
    const step = page.locator(".phases li", { hasText: name }).getByText(/^\d+ ms$/);
    await step.waitFor({ timeout: 5000 });
  }
  await page.getByRole("tab", { name: "Connection" }).click();
  await page.getByText(/^(host|prflx) .* over udp$/).waitFor();
  await page.getByRole("img", { name: /^Round trip: [\d.]+ ms$/ }).waitFor();
  await page.waitForTimeout(2.2 * MELODY_MS);
  await page.getByText(/^1 user turn · 1 bot turn/).waitFor();
  await page.getByRole("button", { name: "Disconnect" }).click();

  const json = await save("Save the session as JSON");
  const wav = await save("Save the audio as WAV");
  const { session, messages, events, page: seen } = callFileSchema.parse(
    JSON.parse(new TextDecoder().decode(json)),
  );
  const { samples, sampleRate, channels } = parseWav(wav);

  assert.deepEqual([session.id, session.transport], [calls[0]?.sessionId, "webrtc"]);
  assert.ok(messages.some(({ type, from }) => type === "bot-ready" && from === "bot"));
  const said = events.filter(({ kind }) => kind === "speech");
  assert.deepEqual(said.map(({ side }) => side).toSorted(), ["bot", "user"]);
  assert.deepEqual(events.at(-1)?.label, "You ended the call.");
  const { quality, loudness } = seen as {
    readonly quality: readonly { readonly roundTripMs: number }[];
    readonly loudness: { readonly user: readonly number[] };
  };
  assert.ok(quality.length > 2 && quality[0]!.roundTripMs >= 0);
  assert.ok(loudness.user.length > 50);
  assert.equal(channels, 2);
  const side = (offset: number) => samples.filter((_, i) => i % 2 === offset);
  assert.ok(recognise(side(0), sampleRate, SEED) > 0.8, "the user is on the left");
  const right = recognise(side(1), sampleRate, SEED);
  console.log({ left: recognise(side(0), sampleRate, SEED), right });
  assert.ok(right > 0.8, "the bot is on the right");

  async function save(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name }).click(),
    ]);
    return await Deno.readFile(await download.path());
  }
});

/**
 * What the page holds after a call of half an hour, and after the next one has begun:
 * `deno task soak:page [minutes]`. Sound comes twenty times as fast as it is heard, and so do messages;
 * all that the page makes of them is its own.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { CDPSession } from "playwright-core";
import type { Bot } from "../../src/core/bot.ts";
import { createTransport } from "../../src/transports/create.ts";
import { sine } from "../audio/signals.ts";
import { closeBrowsers } from "../browser/chromium.ts";
import { clientPage } from "../browser/client_page.ts";

const SPEED = 20;
const MINUTES = Number(Deno.args[0] ?? 30);
/** What the page may hold, in bytes: its objects, and the sound and bytes beside them. */
const MOST_BYTES = 60e6;
/** A talkative bot: more than the page shows of one call, 10 000, in half an hour. */
const MESSAGES_PER_SECOND = 10;

/** Hands the recorder each block of sound twenty times, each a block later than the one before. */
const FAST = `
  const Real = AudioWorkletNode;
  globalThis.AudioWorkletNode = class extends Real {
    constructor(context, name, options) {
      super(context, name, options);
      if (name !== "tap" || options?.processorOptions?.channels !== 2) return;
      const { port } = this;
      const blockMs = options.processorOptions.frames * 1000 / context.sampleRate;
      let handler = null;
      let at;
      port.addEventListener("message", ({ data }) => {
        at ??= data.at - blockMs;
        for (let n = 0; n < ${SPEED}; n++) {
          at += blockMs;
          globalThis.heardMs = (globalThis.heardMs ?? 0) + blockMs;
          handler?.({ data: { samples: data.samples.slice(), at } });
        }
      });
      port.start();
      Object.defineProperty(port, "onmessage", { set: (next) => handler = next });
    }
  };
`;

const talkative: Bot = async (args) => {
  await using transport = await createTransport(args);
  await transport.rtvi.clientReady;
  void transport.readable.pipeTo(new WritableStream());
  const tone = { type: "audio", samples: sine(440, 24_000, 2), sampleRate: 24_000, channels: 1 };
  const everyMs = 1000 / MESSAGES_PER_SECOND / SPEED;
  for (let n = 0; !args.signal.aborted; n++) {
    transport.rtvi.send("server-message", { n, text: "a metric, a mark or a word of the bot's" });
    if (n % 300 === 0) {
      transport.say(tone as Parameters<typeof transport.say>[0], { text: "Well." });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
};

/** What the page holds once its garbage is collected, in bytes. */
async function heldBy(session: CDPSession): Promise<Record<string, number>> {
  await session.send("HeapProfiler.collectGarbage");
  const usage: object = await session.send("Runtime.getHeapUsage");
  const { usedSize = 0, embedderHeapUsedSize = 0, backingStorageSize = 0 } = usage as Record<
    string,
    number
  >;
  return { objects: usedSize, browser: embedderHeapUsedSize, buffers: backingStorageSize };
}

const sum = (held: Record<string, number>) => Object.values(held).reduce((a, b) => a + b, 0);
const told = (held: Record<string, number>) =>
  Object.entries({ ...held, all: sum(held) })
    .map(([name, bytes]) => `${name} ${(bytes / 1e6).toFixed(1)} MB`).join(", ");

try {
  await using client = await clientPage(talkative);
  const { page, context } = client;
  await page.addInitScript(FAST);
  await page.reload();
  const session = await context.newCDPSession(page);
  const heardMinutes = async () => Number(await page.evaluate("globalThis.heardMs ?? 0")) / 60_000;
  console.log("before", told(await heldBy(session)));

  await client.connect();
  for (let at = 5; at <= MINUTES; at += 5) {
    while (await heardMinutes() < at) await new Promise((resolve) => setTimeout(resolve, 200));
    console.log(`after ${at} minutes`, told(await heldBy(session)));
  }
  const count = await page.locator("[role=tab] .count").textContent();
  const long = await heldBy(session);
  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("button", { name: "Play the call" }).waitFor({ timeout: 60_000 });
  console.log("over", told(await heldBy(session)));

  const [download] = await Promise.all([
    page.waitForEvent("download", { timeout: 120_000 }),
    page.getByRole("button", { name: "Save the audio as WAV" }).click(),
  ]);
  const { size } = await Deno.stat(await download.path());
  const savedMinutes = size / 16_000 / 4 / 60;
  console.log(`${savedMinutes.toFixed(1)} minutes in the WAV`, told(await heldBy(session)));

  await client.connect();
  const next = await heldBy(session);
  console.log("in the next call", told(next));
  console.log(`${count} messages are shown`);
  assert.ok(savedMinutes >= MINUTES, `${savedMinutes} minutes were saved`);
  assert.ok(sum(long) < MOST_BYTES, told(long));
  assert.ok(sum(next) < MOST_BYTES / 2, `the last call is still there: ${told(next)}`);
} finally {
  await closeBrowsers();
}

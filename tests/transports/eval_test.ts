import assert from "node:assert/strict";
import fc from "fast-check";
import { base64FromSamples } from "../../src/audio/pcm.ts";
import { createTicker } from "../../src/audio/ticker.ts";
import { encodeBase64 } from "../../src/core/base64.ts";
import type { EvalFlags } from "../../src/core/bot.ts";
import type { Socket } from "../../src/core/duplex.ts";
import type { Frame } from "../../src/core/frame.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { readHarness } from "../../src/ways/eval/messages.ts";
import { evalTransport } from "../../src/ways/eval/transport.ts";
import { STRIPES } from "../video/pictures.ts";

const NEVER = new AbortController().signal;
const SECOND = new Int16Array(24_000).fill(1000);
const SPEECH = { type: "audio", samples: SECOND, sampleRate: 24_000, channels: 1 } as const;

/** A transport, the harness's end, and the time that both live in. */
async function connected(flags: Partial<EvalFlags> = {}) {
  const clock = manualClock();
  const sockets: Socket[] = [];
  const harness = await memoryPlatform().connect({
    fetch(request, platform) {
      const { socket, response } = platform!.upgrade(request);
      sockets.push(socket);
      return response;
    },
  }, "ws://localhost/ws");
  const transport = evalTransport(
    {
      transport: "eval",
      websocket: sockets[0]!,
      sessionId: "s1",
      body: {},
      signal: NEVER,
      flags: { skipTts: false, captureBotAudio: false, captureBotImages: false, ...flags },
    },
    {},
    { clock, ticker: createTicker(20, clock) },
  );
  const received: { type: string; data: { audio?: string; sampleRate?: number } }[] = [];
  harness.receive((message) => void received.push(JSON.parse(String(message))));
  const send = (type: string, data: unknown) =>
    harness.send(JSON.stringify({ label: "rtvi-ai", id: "1", type, data }));
  return {
    clock,
    harness,
    transport,
    received,
    send,
    own: (t: string, d?: unknown) => send("client-message", { t, d }),
    async [Symbol.asyncDispose]() {
      transport.close();
      await transport.closed;
    },
  };
}

/** The frames that come until the other side is gone. */
async function frames(readable: ReadableStream<Frame>): Promise<Frame[]> {
  return await Array.fromAsync(readable);
}

Deno.test("what the harness's user says is heard at 16 kHz", async () => {
  await using call = await connected();

  call.send("raw-audio", {
    base64Audio: base64FromSamples(new Int16Array(960)),
    sampleRate: 24_000,
    numChannels: 1,
  });
  call.send("raw-audio", { base64Audio: "AAA=", sampleRate: 24_000, numChannels: 2 });
  call.send("raw-audio", { base64Audio: "?", sampleRate: 24_000, numChannels: 1 });
  call.send("raw-audio", { base64Audio: "AAAA", sampleRate: 1e9, numChannels: 1 });
  call.own("eval-cancel");

  const heard = await frames(call.transport.readable);
  assert.deepEqual(heard.map((frame) => frame.type === "audio" && frame.sampleRate), [16_000]);
});

Deno.test("a harness that listens is sent what the bot says, in the time that it takes", async () => {
  await using call = await connected({ captureBotAudio: true });

  const writer = call.transport.writable.getWriter();
  await writer.write(SPEECH);
  const drained = call.transport.drained();
  await call.clock.advance(500);
  const half = call.received.length;
  await call.clock.advance(1000);

  assert.deepEqual(await drained, { heardMs: 1000 });
  const audio = call.received.filter(({ type }) => type === "eval-bot-audio");
  const share = half / audio.length; // a tenth of a second is sent ahead
  assert.ok(share > 0.4 && share < 0.7, `${half} of ${audio.length} after half of the time`);
  assert.deepEqual(new Set(audio.map(({ data }) => data.sampleRate)), new Set([24_000]));
  const samples = audio.reduce((sum, { data }) => sum + atob(data.audio ?? "").length / 2, 0);
  assert.equal(samples, 24_000);
});

Deno.test("a harness that does not listen is sent none of it, and waits as long", async () => {
  await using call = await connected();

  const writer = call.transport.writable.getWriter();
  await writer.write(SPEECH);
  let over = false;
  const drained = call.transport.drained().then(() => over = true);
  await call.clock.advance(500);
  assert.equal(over, false);
  await call.clock.advance(1000);
  await drained;

  assert.deepEqual(call.received.map(({ type }) => type), [
    "bot-started-speaking",
    "bot-stopped-speaking",
  ]);
});

Deno.test("a bot that is to be silent takes no time to speak", async () => {
  await using call = await connected({ skipTts: true });

  const writer = call.transport.writable.getWriter();
  void writer.write(SPEECH);
  void writer.write({ type: "message", data: { label: "rtvi-ai", type: "bot-llm-started" } });

  assert.deepEqual(await call.transport.drained(), { heardMs: 1000 });
  await Promise.resolve();
  assert.deepEqual(call.received.map(({ type }) => type), ["bot-llm-started"]);
});

Deno.test("a picture comes as a file to be kept, a context as the message that it is", async () => {
  await using call = await connected();

  call.own("eval-configure", { llm_markers: true });
  call.own("eval-image", { image: "AAAA", format: "image/png" });
  call.own("eval-image", {});
  call.own("eval-context", { messages: [{ role: "user", content: "Hello" }] });
  call.own("eval-cancel");
  await call.harness.closed;

  const messages = await Array.fromAsync(call.transport.rtvi.messages);
  assert.deepEqual(
    messages.map(({ type, data }) => [type, data]),
    [
      ["send-file", {
        content: "",
        file: { format: "image/png", source: { type: "bytes", bytes: "AAAA" } },
        options: { run_immediately: false, audio_response: false },
      }],
      ["client-message", {
        t: "eval-context",
        d: { messages: [{ role: "user", content: "Hello" }] },
      }],
    ].map(([type, data]) => [type, data]),
  );
});

Deno.test("a lossy WebP that the user holds up is a snapshot, and what the bot shows is told", async () => {
  await using call = await connected({ captureBotImages: true });
  await assert.rejects(call.transport.snapshot(), { code: "no_picture" });

  call.own("eval-image", { image: encodeBase64(STRIPES), format: "image/webp" });
  call.own("ping");
  for await (const { type } of call.transport.rtvi.messages) if (type === "client-message") break;
  const picture = await call.transport.snapshot();
  call.transport.show(picture.data);
  call.transport.show(false);
  await Promise.resolve();

  assert.deepEqual([picture.width, picture.height, picture.source], [64, 48, "camera"]);
  assert.deepEqual(picture.data, STRIPES);
  assert.deepEqual(call.received, [{
    label: "rtvi-ai",
    type: "eval-bot-image",
    data: { width: 64, height: 48, format: "WEBP" },
  }]);
});

Deno.test("a bot that tells only what it says is graded by that", async () => {
  await using call = await connected();
  const { rtvi } = call.transport;
  const line = {
    text: "Berlin.",
    output_type: "sentence",
    segment_id: 1,
    will_be_spoken: true,
  } as const;

  rtvi.send("bot-output", { ...line, spoken_status: "new" });
  rtvi.send("bot-output", { ...line, spoken_status: "in-progress" });
  rtvi.send("bot-output", { ...line, spoken_status: "completed" });
  const shown = { ...line, segment_id: 2, will_be_spoken: false, text: "Vienna." };
  rtvi.send("bot-output", { ...shown, spoken_status: "new" });
  rtvi.send("bot-output", { ...shown, spoken_status: "completed" });
  rtvi.send("bot-output", { text: "Bern.", aggregated_by: "sentence", spoken: true });
  rtvi.send("bot-output", { text: "Bern.", aggregated_by: "word", spoken: true });
  await Promise.resolve();

  const model = call.received.filter(({ type }) => type !== "bot-output");
  const answer = (text: string) => [["bot-llm-started", undefined], ["bot-llm-text", { text }], [
    "bot-llm-stopped",
    undefined,
  ]];
  assert.deepEqual(model.map(({ type, data }) => [type, data]), [
    ...answer("Berlin."),
    ...answer("Vienna."),
    ...answer("Bern."),
  ]);
});

Deno.test("a bot that tells what its model says is graded by that alone", async () => {
  await using call = await connected();
  const { rtvi } = call.transport;

  rtvi.send("bot-llm-started");
  rtvi.send("bot-output", { text: "Bern.", aggregated_by: "sentence", spoken: true });
  await Promise.resolve();

  assert.deepEqual(call.received.map(({ type }) => type), ["bot-llm-started", "bot-output"]);
});

Deno.test("whatever a harness sends, it is read or left out", () => {
  const message = fc.record({
    label: fc.constantFrom("rtvi-ai", "x"),
    id: fc.string(),
    type: fc.constantFrom("raw-audio", "client-message", "send-text"),
    data: fc.oneof(
      fc.anything(),
      fc.record({ t: fc.constantFrom("eval-image", "eval-cancel", "x"), d: fc.anything() }),
      fc.record({
        base64Audio: fc.base64String(),
        sampleRate: fc.integer({ min: 0, max: 96_000 }),
        numChannels: fc.integer({ min: 0, max: 3 }),
      }),
    ),
  }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.oneof(message, fc.anything()), (value) => {
      const read = readHarness(value);
      return read.kind !== "audio" || read.frame.samples.length % read.frame.channels === 0;
    }),
    { numRuns: 5000 },
  );
});

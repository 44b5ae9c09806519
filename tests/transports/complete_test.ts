import assert from "node:assert/strict";
import { createTicker } from "../../src/audio/ticker.ts";
import type { CloseInfo } from "../../src/core/duplex.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import { incomingFrames } from "../../src/core/incoming_frames.ts";
import { getLogger } from "../../src/core/log.ts";
import { RunnerError } from "../../src/core/error.ts";
import { rtviEndpoint } from "../../src/rtvi/endpoint.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { completeTransport } from "../../src/transports/complete.ts";
import { createVoice } from "../../src/transports/voice.ts";

const RATE = 8000;

/** A transport whose other side plays at once what it is sent, and can be cleared. */
function transportOf({ ready, clears = true }: {
  readonly ready?: Promise<void>;
  readonly clears?: boolean;
} = {}) {
  const clock = manualClock();
  const voice = createVoice<Int16Array>({
    sampleRate: RATE,
    serializer: {
      size: { min: 160, max: RATE, multiple: 160 },
      media: (samples) => samples,
      ...(clears ? { clear: () => new Int16Array(0) } : {}),
    },
    send() {},
    clock,
    ticker: createTicker(20, clock),
  });
  const incoming = incomingFrames(getLogger(["test"]));
  const { promise: closed, resolve: close } = Promise.withResolvers<CloseInfo>();
  const transport = completeTransport({
    name: "twilio",
    incoming,
    writable: voice.writable,
    closed,
    playback: voice.playback,
    rtvi: rtviEndpoint({ send() {}, disconnect() {} }).channel,
    clock,
    ...(ready ? { ready } : {}),
    observe() {},
    close: (info = {}) => close(info),
    end: voice.end,
  });
  return { clock, transport, writer: transport.writable.getWriter() };
}

const sound = (ms: number): AudioFrame => ({
  type: "audio",
  samples: new Int16Array(ms * RATE / 1000).fill(1000),
  sampleRate: RATE,
  channels: 1,
});

Deno.test("an interruption tells how much was heard of all that was written since the last", async () => {
  const { clock, transport, writer } = transportOf();
  void writer.write(sound(1000));
  void writer.write(sound(2000));
  await clock.advance(1400);

  assert.deepEqual(transport.interrupt(), { heardMs: 1400 });

  assert.deepEqual(transport.interrupt(), { heardMs: 0 });
  void writer.write(sound(1000));
  await clock.advance(300);
  assert.deepEqual(transport.interrupt(), { heardMs: 300 });
});

Deno.test("a silent gap is not heard sound, and starts nothing new", async () => {
  const { clock, transport, writer } = transportOf();
  void writer.write(sound(1000));
  await clock.advance(4000);
  void writer.write(sound(2000));
  await clock.advance(500);

  assert.deepEqual(transport.interrupt(), { heardMs: 1500 });
});

Deno.test("what is drained tells how much was heard, and the next count begins", async () => {
  const { clock, transport, writer } = transportOf();
  void writer.write(sound(1000));
  const both = Promise.all([transport.drained(), transport.drained()]);
  await clock.advance(1500);

  assert.deepEqual(await both, [{ heardMs: 1000 }, { heardMs: 1000 }]);
  assert.deepEqual(await transport.drained(), { heardMs: 0 });
  void writer.write(sound(1000));
  await clock.advance(400);
  assert.deepEqual(transport.interrupt(), { heardMs: 400 });
});

Deno.test("who waits for the end is told of the interruption", async () => {
  const { clock, transport, writer } = transportOf();
  void writer.write(sound(1000));
  const drained = transport.drained();
  await clock.advance(600);

  assert.deepEqual(transport.interrupt(), { heardMs: 600 });
  assert.deepEqual(await drained, { heardMs: 600 });
});

Deno.test("where nothing can be called back, what was sent is heard", async () => {
  const { clock, transport, writer } = transportOf({ clears: false });
  void writer.write(sound(1000));
  await clock.advance(500);

  assert.deepEqual(transport.interrupt(), { heardMs: 600 });
});

Deno.test("a call is connected when media can flow", async () => {
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const { transport } = transportOf({ ready });
  let connected = false;
  void transport.connected.then(() => connected = true);
  await Promise.resolve();
  assert.equal(connected, false);

  resolve();

  await transport.connected;
  await transportOf().transport.connected;
});

Deno.test("a call that ends before it is connected says so", async () => {
  const { transport } = transportOf({ ready: new Promise(() => {}) });

  transport.close({ reason: "The client left" });

  await assert.rejects(transport.connected, (error) => {
    assert.ok(error instanceof RunnerError);
    assert.equal(error.code, "not_connected");
    assert.equal(error.message, "The client left before it was connected.");
    return true;
  });
});

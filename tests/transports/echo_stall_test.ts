import assert from "node:assert/strict";
import { createTicker } from "../../src/audio/ticker.ts";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import type { Frame } from "../../src/core/frame.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { phoneLine } from "../../src/ways/phone/line.ts";
import { telephonyTransport } from "../../src/ways/phone/transport.ts";
import { fakeSocket } from "../support/fake_socket.ts";

const START = {
  event: "start",
  streamSid: "MZ1",
  start: { streamSid: "MZ1", callSid: "CA1" },
};

/**
 * A phone call whose bot repeats what it hears, as the caller hears it: audio is played in the order
 * that it comes in, without a gap.
 */
function echo(transform?: (frame: Frame) => Frame) {
  const fake = fakeSocket();
  const clock = manualClock();
  const carrier = CARRIERS.twilio;
  const transport = telephonyTransport(
    {
      id: "session-1",
      line: phoneLine(fake.socket, () => Promise.resolve()),
      carrier,
      start: carrier.readStart(START, new URLSearchParams())!,
    },
    {},
    { clock, ticker: createTicker(20, clock) },
  );
  const echoing = transport.readable.pipeThrough(
    new TransformStream<Frame, Frame>({
      transform: (frame, controller) => controller.enqueue(transform?.(frame) ?? frame),
    }),
  ).pipeTo(transport.writable);
  let captured = 0;
  let read = 0;
  let playedUntil = 0;
  let heardMs = 0;
  let latest = 0;
  const listen = () => {
    for (; read < fake.sent.length; read++) {
      const { event, media } = JSON.parse(String(fake.sent[read]));
      if (event !== "media") continue;
      const payload = Uint8Array.fromBase64(media.payload);
      latest = payload[0]! + payload[1]! * 100;
      const ms = payload.length / 8;
      playedUntil = Math.max(playedUntil, clock.now()) + ms;
      heardMs += ms;
    }
  };
  return {
    clock,
    transport,
    heardMs: () => heardMs,
    /** How long what was said now will take until it is heard. */
    delayMs: () => Math.max(0, playedUntil - clock.now()),
    /** How long ago the newest was said that was repeated, in frames. */
    age: () => captured - latest,
    /** The caller says 20 ms, or they get lost on the way. */
    say(lost = false) {
      captured++;
      const payload = new Uint8Array(160).fill(0xff);
      payload.set([captured % 100, Math.floor(captured / 100)]);
      if (lost) return;
      const media = {
        track: "inbound",
        chunk: `${captured}`,
        timestamp: `${captured * 20}`,
        payload: payload.toBase64(),
      };
      fake.arrive({ event: "media", media });
    },
    /** Lets a time pass in which the caller speaks and the process works. */
    async live(ms: number) {
      for (let passed = 0; passed < ms; passed += 20) {
        this.say();
        await clock.advance(20);
        listen();
      }
    },
    async settle() {
      await new Promise((resolve) => setTimeout(resolve, 0));
      listen();
    },
    async end() {
      fake.leave();
      await echoing;
    },
  };
}

for (const seconds of [0.5, 1, 1.1, 1.3, 3, 5, 6, 10, 60]) {
  for (const turns of seconds > 6 ? ["at once"] : ["at once", "one by one"]) {
    Deno.test(`a stall of ${seconds} s is forgotten within 2 s, when all of it comes ${turns}`, async () => {
      const call = echo();
      await call.live(2000);
      await call.clock.advance(seconds * 1000);
      for (let i = 0; i < seconds * 50; i++) {
        call.say();
        if (turns === "one by one") await call.settle();
      }
      await call.settle();

      await call.live(2000);

      assert.ok(call.delayMs() <= 200, `${call.delayMs()} ms stand`);
      assert.ok(call.age() <= 10, `${call.age()} frames behind`);
      await call.end();
    });
  }
}

Deno.test("a stall in which the carrier has lost audio is forgotten as well", async () => {
  const call = echo();
  await call.live(2000);
  await call.clock.advance(10_000);
  for (let i = 0; i < 500; i++) call.say(i < 250);
  await call.settle();

  await call.live(2000);

  assert.ok(call.delayMs() <= 200, `${call.delayMs()} ms stand`);
  await call.end();
});

Deno.test("one stall after the other is forgotten", async () => {
  const call = echo();
  for (let stall = 0; stall < 5; stall++) {
    await call.live(3000);
    await call.clock.advance(8000);
    for (let i = 0; i < 400; i++) call.say();
    await call.settle();
  }

  await call.live(2000);

  assert.ok(call.delayMs() <= 200, `${call.delayMs()} ms stand`);
  await call.end();
});

Deno.test("what a bot makes of what it hears is played whole, after a stall as well", async () => {
  const call = echo((frame) => {
    if (frame.type !== "audio") return frame;
    const { type, samples, sampleRate, channels } = frame;
    return { type, samples, sampleRate, channels };
  });
  await call.live(2000);
  await call.clock.advance(4000);
  for (let i = 0; i < 200; i++) call.say();
  await call.settle();

  for (let i = 0; i < 300; i++) {
    await call.clock.advance(20);
    await call.settle();
  }

  assert.equal(call.heardMs(), 6000);
  await call.end();
});

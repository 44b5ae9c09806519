/**
 * Bots that stop listening and go on, read twice at the same time, and ask for keys.
 */
import assert from "node:assert/strict";
import type { AudioFrame, Frame } from "../../src/core/frame.ts";
import { incomingFrames } from "../../src/core/incoming_frames.ts";
import { getLogger } from "../../src/core/log.ts";
import { RunnerError } from "../../src/core/error.ts";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import { call } from "../../src/testing/mod.ts";
import { createKeypad } from "../../src/transports/keypad.ts";
import { type AudioEncodings, createReading } from "../../src/transports/reading.ts";
import { webrtcTransport } from "../../src/transports/peer_transport.ts";
import { sine } from "../audio/signals.ts";
import { fakePeer } from "../support/fake_peers.ts";
import { type Answered, answering } from "../testing/telephone.ts";

const frame = (first: number, sampleRate = 16_000): AudioFrame => ({
  type: "audio",
  samples: new Int16Array(sampleRate / 50).fill(first),
  sampleRate,
  channels: 1,
});
const reading = (...frames: Frame[]) => {
  const incoming = incomingFrames(getLogger(["test"]));
  frames.forEach(incoming.push);
  return { incoming, ...createReading(incoming) };
};

for (const carrier of CARRIER_NAMES) {
  Deno.test(`${carrier}: a bot that leaves its loop and comes back is not deaf`, async () => {
    const heard: number[] = [];
    const { runner } = answering(async ({ transport }: Answered) => {
      for await (const frame of transport.readable) if (frame.type === "audio") break;
      for await (const samples of transport.audio({ sampleRate: 8000 })) {
        heard.push(samples.length);
        if (heard.length === 5) break;
      }
      for await (const frame of transport.frames()) {
        if (frame.type === "audio") heard.push(frame.samples.length);
        if (heard.length === 10) break;
      }
      heard.push((await transport.keys({ count: 2 })).length);
    });
    await using caller = await call(runner, { carrier, pace: "fast" });

    await caller.say(sine(300, caller.sampleRate, 2));
    caller.press("12");
    const { by } = await caller.ended;

    assert.equal(by, "server");
    assert.deepEqual([heard.length, heard.at(-1)], [11, 2]);
  });
}

Deno.test("a peer of another stack is read in the same ways", async () => {
  const peer = fakePeer();
  const transport = webrtcTransport(peer);
  const microphone = transport.audio();
  peer.arrive(frame(1));
  peer.arrive({ type: "dtmf", digit: "5" });
  peer.arrive(frame(2));

  for await (const samples of microphone) if (samples[0] === 1) break;
  for await (const samples of microphone) if (samples[0] === 2) break;
  assert.equal(await transport.keys(), "5");
  peer.close();
  assert.deepEqual(await Array.fromAsync(microphone), []);
});

Deno.test("sound is read at another rate, mono, as samples, bytes or base64", async () => {
  const stereo: AudioFrame = { ...frame(1000, 48_000), channels: 2 };
  const lengths = async <Encoding extends keyof AudioEncodings>(encoding: Encoding) => {
    const { incoming, audio } = reading(stereo, stereo, stereo);
    incoming.end();
    return (await Array.fromAsync(audio({ sampleRate: 8000, encoding }))).map(({ length }) =>
      length
    );
  };
  assert.deepEqual(await lengths("pcm"), [80, 80, 80]);
  assert.deepEqual(await lengths("bytes"), [160, 160, 160]);
  assert.deepEqual(await lengths("base64"), [216, 216, 216]);
});

Deno.test("a change of rate makes no click where the loop was left", async () => {
  const tone = sine(300, 16_000, 0.1);
  const { incoming, audio } = reading(...[0, 1, 2, 3, 4].map((i): AudioFrame => ({
    ...frame(0),
    samples: tone.subarray(320 * i, 320 * (i + 1)),
  })));
  incoming.end();
  const microphone = audio({ sampleRate: 24_000 });
  const heard: number[] = [];
  for await (const samples of microphone) {
    heard.push(...samples);
    if (heard.length >= 960) break;
  }
  for await (const samples of microphone) heard.push(...samples);

  const steps = heard.slice(100).map((sample, i) => Math.abs(sample - heard[99 + i]!));
  assert.equal(heard.length, 2400);
  assert.ok(Math.max(...steps) < 1.1 * 20_000 * 2 * Math.PI * 300 / 24_000);
});

Deno.test("a loop that is given up while it waits is over at once", async () => {
  const { audio } = reading();
  const iterator = audio()[Symbol.asyncIterator]();
  const waiting = iterator.next();
  await iterator.return?.();
  assert.deepEqual(await waiting, { done: true, value: undefined });
});

Deno.test("what cannot be read is refused where it is asked for", () => {
  const { audio } = reading();
  for (const sampleRate of [999, 8000.5, NaN]) {
    assert.throws(() => audio({ sampleRate }), isBadOption);
  }
  assert.throws(() => audio({ encoding: "mp3" as "pcm" }), isBadOption);
});

Deno.test("keys end with a key, a count, or a time", async () => {
  const keypad = createKeypad();
  const press = (keys: string) => [...keys].forEach(keypad.press);
  press("12#34");
  assert.equal(await keypad.keys({ until: "#" }), "12");
  assert.equal(await keypad.keys({ count: 2 }), "34");
  const slow = keypad.keys({ until: "#*", timeoutMs: 20 });
  press("9");
  assert.equal(await slow, "9");
  assert.equal(await keypad.keys({ timeoutMs: 10 }), "");
});

Deno.test("each of two who ask gets keys of their own", async () => {
  const keypad = createKeypad();
  const asked = [keypad.keys(), keypad.keys({ count: 2 })];
  for (const digit of "123") keypad.press(digit);
  assert.deepEqual(await Promise.all(asked), ["1", "23"]);
});

Deno.test("keys that nobody asks for do not pile up, and the latest count", async () => {
  const keypad = createKeypad();
  for (let i = 0; i < 1000; i++) keypad.press(String(i % 10));
  assert.equal(await keypad.keys({ count: 64 }), "0123456789".repeat(7).slice(6));
});

Deno.test("a menu that waits when the caller hangs up is told so, each time without haste", async () => {
  const keypad = createKeypad();
  const waiting = keypad.keys({ count: 2 });
  keypad.press("1");
  keypad.end();
  await assert.rejects(
    waiting,
    (error) => error instanceof RunnerError && error.code === "session_ended",
  );

  let turns = 0;
  const timer = setInterval(() => turns++);
  for (let i = 0; i < 20; i++) await keypad.keys().catch(() => {});
  clearInterval(timer);
  assert.ok(turns > 0, "the process was held up");
});

Deno.test("keys that there are not are refused", async () => {
  const { keys } = createKeypad();
  await assert.rejects(keys({ until: "x" }), isBadOption);
  await assert.rejects(keys({ count: 0 }), isBadOption);
  await assert.rejects(keys({ timeoutMs: -1 }), isBadOption);
});

function isBadOption(error: unknown): boolean {
  return error instanceof RunnerError && error.code === "bad_option";
}

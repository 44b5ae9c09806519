/**
 * Music on hold and room tone, under what the bot says and in its pauses.
 */
import assert from "node:assert/strict";
import { createTicker } from "../../src/audio/ticker.ts";
import { repeat } from "../../src/audio/mod.ts";
import type { CallObserver } from "../../src/core/call_observer.ts";
import { observed } from "../../src/core/call_observer.ts";
import type { CloseInfo } from "../../src/core/duplex.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import { incomingFrames } from "../../src/core/incoming_frames.ts";
import { getLogger } from "../../src/core/log.ts";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import { rtviEndpoint } from "../../src/rtvi/endpoint.ts";
import { call, manualClock } from "../../src/testing/mod.ts";
import { completeTransport } from "../../src/transports/complete.ts";
import { createVoice } from "../../src/transports/voice.ts";
import { answering, hear } from "../testing/telephone.ts";

const RATE = 8000;

/** A transport that sends what it says as samples; `clear` is told as an empty message. */
function transportOf(observer: Partial<CallObserver> = {}) {
  const clock = manualClock();
  const sent: Int16Array[] = [];
  const watching = observed();
  const nothing = () => {};
  watching.observe({
    heard: nothing,
    spoken: nothing,
    silenced: nothing,
    interrupted: nothing,
    message: nothing,
    key: nothing,
    mark: nothing,
    ...observer,
  });
  const voice = createVoice<Int16Array>({
    sampleRate: RATE,
    serializer: {
      size: { min: 160, max: RATE, multiple: 160 },
      media: (samples) => samples.slice(),
      clear: () => new Int16Array(0),
    },
    send: (samples) => void sent.push(samples),
    observed: watching,
    clock,
    ticker: createTicker(20, clock),
  });
  const { promise: closed, resolve: close } = Promise.withResolvers<CloseInfo>();
  void closed.then(voice.end);
  const transport = completeTransport({
    name: "twilio",
    incoming: incomingFrames(getLogger(["test"])),
    writable: voice.writable,
    closed,
    playback: voice.playback,
    rtvi: rtviEndpoint({ send() {}, disconnect() {} }).channel,
    clock,
    observe: watching.observe,
    close: (info = {}) => close(info),
    end: voice.end,
  });
  /** Lets time pass, and tells what was sent since it was asked last. */
  const during = async (ms: number) => {
    await clock.advance(ms);
    return sent.splice(0).flatMap((samples) => [...samples]);
  };
  return { clock, transport, sent, during };
}

const sound = (value: number, ms = 100, sampleRate = RATE): AudioFrame => ({
  type: "audio",
  samples: new Int16Array(ms * sampleRate / 1000).fill(value),
  sampleRate,
  channels: 1,
});
const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("a sound in the background plays while the bot says nothing, at its pace and its gain", async () => {
  const { transport, during } = transportOf();
  assert.deepEqual(await during(1000), [], "and nothing is sent without one");
  transport.background(repeat(sound(1000)), { gain: 0.5 });
  await turn();
  const begun = await during(200);
  const played = await during(1000);
  assert.ok(begun.length >= 0.2 * RATE && begun.length <= 0.28 * RATE, `${begun.length}`);
  assert.equal(played.length, RATE);
  assert.deepEqual([...new Set(played)], [500]);
});

Deno.test("it plays under what the bot says, which alone is counted", async () => {
  const { transport, during } = transportOf();
  transport.background(repeat(sound(1000)));
  await turn();
  await during(500);
  const said = transport.say(sound(30_000, 400));
  await turn();
  const played = await during(1000);

  const count = (value: number) => played.filter((sample) => sample === value).length;
  assert.equal(count(31_000), 0.4 * RATE);
  assert.ok(count(1000) >= 0.6 * RATE);
  assert.deepEqual(await said.done, { heardMs: 400, interrupted: false });
  assert.deepEqual(await transport.drained(), { heardMs: 400 });
});

Deno.test("it plays on after an interruption, and while the bot is paused", async () => {
  const { transport, during, sent } = transportOf();
  transport.background(repeat(sound(1)));
  await turn();
  await during(100);
  transport.say(sound(1000, 2000));
  await turn();
  await during(500);
  assert.ok(transport.interrupt().heardMs >= 400);
  assert.equal(sent.at(-1)?.length, 0, "nothing is sent that the clear would drop");
  assert.deepEqual([...new Set(await during(300))], [1]);

  transport.pause();
  transport.say(sound(1000, 200));
  await turn();
  assert.deepEqual([...new Set(await during(300))], [1]);
  transport.resume();
  assert.ok((await during(300)).includes(1001));
});

Deno.test("what is too loud together is as loud as 16 bits allow", async () => {
  const { transport, during } = transportOf();
  transport.background(repeat(sound(30_000)));
  transport.background(repeat(sound(-30_000)));
  const loud = transport.background(repeat(sound(30_000)));
  await turn();
  await during(200);
  transport.say(sound(30_000, 100));
  await turn();
  assert.ok((await during(300)).includes(32_767));
  loud.stop();
  await during(100);
  assert.deepEqual([...new Set(await during(100))], [0]);
});

Deno.test("it ends when it is stopped, with its source, and with the call", async () => {
  const { transport, during } = transportOf();
  let ended = 0;
  async function* music(pieces = Infinity): AsyncGenerator<AudioFrame> {
    try {
      for (let i = 0; i < pieces; i++) yield sound(7);
    } finally {
      ended++;
    }
  }
  const playing = transport.background(music());
  await turn();
  await during(100);
  playing.stop();
  playing.stop(); // and again
  assert.deepEqual(await during(500), []);

  transport.background(music(2));
  await turn();
  const all = [...await during(100), ...await during(500)];
  assert.equal(all.filter((sample) => sample === 7).length, 0.2 * RATE);
  assert.deepEqual(await during(500), []);

  transport.background(music());
  await turn();
  await during(100);
  transport.close();
  await turn();
  assert.deepEqual(await during(500), []);
  assert.equal(ended, 3);
  transport.background(music());
  assert.deepEqual(await during(500), []);
});

Deno.test("an endless source is read a second ahead, whatever rate it has", async () => {
  const { transport, during } = transportOf();
  let read = 0;
  function* music(): Generator<AudioFrame> {
    for (;;) yield { ...sound(100, 100, 24_000), samples: new Int16Array(2400).fill(++read) };
  }
  transport.background(ReadableStream.from(music()));
  for (let i = 0; i < 30; i++) {
    await turn();
    await during(100);
  }
  assert.ok(read >= 38 && read <= 46, `${read} pieces in 3 s`);
});

Deno.test("a sound that cannot be played ends, and the bot and other sounds do not", async () => {
  const { transport, during } = transportOf();
  const samples: unknown = new Float32Array(100);
  transport.background([{ ...sound(1), samples } as AudioFrame]); // as a bot that no compiler has checked
  transport.background(repeat(sound(5)));
  assert.throws(() => transport.background([], { gain: -1 }), /gain/);
  await turn();
  await during(100);
  assert.deepEqual([...new Set(await during(200))], [5]);
});

Deno.test("observers are told of it apart from what the bot says", async () => {
  const told = { spoken: new Set<number>(), background: new Set<number>() };
  const { transport, during } = transportOf({
    spoken: ({ samples }) => samples.forEach((sample) => told.spoken.add(sample)),
    background: ({ samples }) => samples.forEach((sample) => told.background.add(sample)),
  });
  transport.background(repeat(sound(5)));
  transport.say(sound(1000));
  await turn();
  await during(500);
  assert.deepEqual([[...told.spoken], [...told.background]], [[1000], [5]]);
});

for (const carrier of CARRIER_NAMES) {
  Deno.test(`${carrier}: the caller hears music on hold, and what the bot says over it`, async () => {
    const { runner } = answering(async ({ transport, args }) => {
      transport.background(repeat(sound(4000)));
      await new Promise((resolve) => setTimeout(resolve, 200));
      await transport.say(sound(8000, 200)).done;
      await new Promise((resolve) => args.signal.addEventListener("abort", resolve));
    });
    await using caller = await call(runner, { carrier });
    const heard = await hear(caller, 900);
    const near = (value: number) => heard.filter((sample) => Math.abs(sample - value) < 300).length;
    const ms = (samples: number) => samples * 1000 / caller.sampleRate;

    assert.deepEqual(caller.violations, []);
    assert.ok(ms(near(12_000)) > 180, `${ms(near(12_000))} ms of speech`);
    assert.ok(ms(near(4000)) > 450, `${ms(near(4000))} ms of music`);
  });
}

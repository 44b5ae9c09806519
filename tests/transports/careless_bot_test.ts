/**
 * Bots that write as nobody should: what they do must stay their own trouble.
 */
import assert from "node:assert/strict";
import { createTicker } from "../../src/audio/ticker.ts";
import type { AudioFrame, Frame } from "../../src/core/frame.ts";
import { rtviEndpoint } from "../../src/rtvi/endpoint.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { createHearing } from "../../src/transports/hearing.ts";
import { createVoice, type Voice } from "../../src/transports/voice.ts";
import type { AudioOut } from "../../src/ways/webrtc/audio_out.ts";
import { createOutgoing } from "../../src/ways/webrtc/outgoing.ts";

const RATE = 8000;

function silence(seconds: number, sampleRate = RATE): AudioFrame {
  const samples = new Int16Array(seconds * sampleRate);
  return { type: "audio", samples, sampleRate, channels: 1 };
}

/** A speaker whose time the test moves. */
function speaker() {
  const clock = manualClock();
  const sent: Int16Array[] = [];
  const made: Voice = createVoice<Int16Array>({
    sampleRate: RATE,
    serializer: { size: { min: 160, max: RATE, multiple: 160 }, media: (samples) => samples },
    send: (samples) => void sent.push(samples),
    clock,
    ticker: createTicker(20, clock),
  });
  return { clock, sent, speaker: made };
}

/** The voice of a WebRTC peer that takes all at once. */
function outgoing() {
  const written: AudioFrame[] = [];
  const audioOut: AudioOut = {
    write: (frame) => Promise.resolve(void written.push(frame)),
    press: () => Promise.resolve(),
    hearing: createHearing(),
    interrupt() {},
    pause() {},
    resume() {},
    accompany() {},
    drained: () => Promise.resolve(0),
    cue: (act) => act(),
    expectLoss() {},
    tick() {},
    close() {},
  };
  return {
    written,
    outgoing: createOutgoing(audioOut, {
      ownVideo: (frame) => frame,
      onVideo() {},
      onMessage() {},
      onInterrupt() {},
      onClose() {},
    }),
  };
}

/** Fails when a loop of awaited writes lets nothing else have its turn. */
async function leavesTurns(writable: WritableStream<Frame>, frame: Frame): Promise<void> {
  const writer = writable.getWriter();
  let turn = false;
  const timer = setTimeout(() => turn = true, 1);
  for (let i = 0; !turn && i < 20_000; i++) await writer.write(frame);
  clearTimeout(timer);
  writer.releaseLock();
  assert.ok(turn, "the process was stalled");
}

const NOTHING: readonly Frame[] = [
  silence(0),
  { type: "message", data: 1 },
  { type: "dtmf", digit: "x" },
];

Deno.test("a bot that loops over writes of nothing stalls nobody", async () => {
  for (const frame of NOTHING) {
    await leavesTurns(speaker().speaker.writable, frame);
    await leavesTurns(outgoing().outgoing.writable, frame);
  }
});

Deno.test("a bot that goes on writing after the call stalls nobody", async () => {
  const phone = speaker();
  phone.speaker.end();
  const peer = outgoing();
  peer.outgoing.end();

  await leavesTurns(phone.speaker.writable, silence(0.02));
  await leavesTurns(peer.outgoing.writable, silence(0.02));

  assert.deepEqual([phone.sent, peer.written], [[], []]);
});

Deno.test("a bot may use its array again as soon as it has written it", async () => {
  const phone = speaker();
  const peer = outgoing();
  for (const { writable } of [phone.speaker, peer.outgoing]) {
    const writer = writable.getWriter();
    const samples = new Int16Array(160);
    for (const value of [1, 2, 3]) {
      void writer.write({
        type: "audio",
        samples: samples.fill(value),
        sampleRate: RATE,
        channels: 1,
      });
    }
    samples.fill(9);
    await writer.ready;
  }
  await phone.clock.advance(100);

  const values = [phone.sent, peer.written.map(({ samples }) => samples)]
    .map((parts) => [...new Set(parts.flatMap((part) => [...part]))]);
  assert.deepEqual(values, [[1, 2, 3], [1, 2, 3]]);
});

Deno.test("what plays directly may be used again, too, once there is room for more", async () => {
  const { clock, sent, speaker: { playback } } = speaker();
  const samples = new Int16Array(160);
  for (const value of [1, 2, 3]) {
    await playback.play({
      type: "audio",
      samples: samples.fill(value),
      sampleRate: RATE,
      channels: 1,
    });
  }
  await clock.advance(100);
  assert.deepEqual(new Set(sent.flatMap((part) => [...part])), new Set([1, 2, 3]));
});

Deno.test("what is said after a pause begins with nothing of what was said before it", async () => {
  const { clock, sent, speaker: { writable } } = speaker();
  const writer = writable.getWriter();
  const loud = new Int16Array(4800).fill(32_000); // which ends in the midst of a sound
  await writer.write({ type: "audio", samples: loud, sampleRate: 24_000, channels: 1 });
  await clock.advance(1000);
  sent.length = 0;

  await writer.write(silence(0.2, 24_000));
  await clock.advance(1000);

  const heard = sent.flatMap((part) => [...part]);
  assert.ok(heard.length >= 1600);
  assert.equal(heard.findIndex((sample) => sample !== 0), -1);
});

Deno.test("samples that are no Int16Array are refused at the write, and what follows is heard", async () => {
  const samples: unknown = new Float32Array(160);
  const wrong = { ...silence(0.02), samples } as AudioFrame; // as a bot that no compiler has checked
  for (const { writable } of [speaker().speaker, outgoing().outgoing]) {
    const writer = writable.getWriter();
    await assert.rejects(
      writer.write(wrong),
      (error) =>
        error instanceof TypeError && /not Float32Array.*samplesFromFloats/.test(error.message),
    );
    await writer.write(silence(0.02));
    writer.releaseLock();
    await assert.rejects(ReadableStream.from([wrong]).pipeTo(writable), TypeError);
  }
});

Deno.test("a long piece of audio is worked on in parts, and heard whole", async () => {
  const { clock, sent, speaker: { writable } } = speaker();
  const ramp = Int16Array.from({ length: 8 * RATE }, (_, i) => i % 1000);
  const writer = writable.getWriter();
  let turns = 0;
  const timer = setInterval(() => turns++, 0);

  const writing = writer.write({ type: "audio", samples: ramp, sampleRate: RATE, channels: 1 });
  for (let second = 0; second < 10; second++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    await clock.advance(1000);
  }
  await writing;
  clearInterval(timer);

  const heard = sent.flatMap((part) => [...part]);
  assert.deepEqual(Int16Array.from(heard), ramp);
  assert.ok(turns > 10, `${turns} turns`);
});

Deno.test("an interruption in the midst of a long piece drops the rest of it", async () => {
  const { clock, sent, speaker: { writable, playback: { interrupt, drained } } } = speaker();
  const writer = writable.getWriter();

  const writing = writer.write(silence(60));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await clock.advance(1000);
  interrupt();
  await writing;
  await drained();
  const before = sent.length;
  await clock.advance(5000);

  assert.equal(sent.length, before);
});

Deno.test("a long piece is drained when all of it was handed on, not its first part", async () => {
  const { written, outgoing: { writable, playback: { drained } } } = outgoing();
  const writer = writable.getWriter();
  void writer.write(silence(10));

  await drained();

  const samples = written.reduce((sum, frame) => sum + frame.samples.length, 0);
  assert.equal(samples, 10 * RATE);
});

Deno.test("large RTVI messages that a bot does not read do not pile up", async () => {
  const { channel, receive, end } = rtviEndpoint({ send() {}, disconnect() {} });
  const message = (index: number) => ({
    id: `${index}`,
    label: "rtvi-ai",
    type: "client-message",
    data: { t: "large", d: "x".repeat(500_000) },
  });

  for (let i = 0; i < 100; i++) assert.equal(receive(message(i)), true);
  end();

  const kept = await Array.fromAsync(channel.messages, ({ id }) => id);
  assert.deepEqual(kept, ["96", "97", "98", "99"]);
});

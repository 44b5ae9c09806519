import assert from "node:assert/strict";
import type { AudioFrame, Frame } from "../../src/core/frame.ts";
import { encodeAudio } from "../../src/serializers/protobuf.ts";
import { signalToNoise, sine } from "../audio/signals.ts";
import { arrival, connected, milliseconds, silence } from "./websocket_client.ts";

Deno.test("the client's audio is read at 16 kHz, whatever rate it names", async () => {
  await using phone = await connected();
  const tone = sine(440, 48_000, 0.2);
  for (let at = 0; at < tone.length; at += 1536) {
    phone.client.send(
      encodeAudio({ samples: tone.slice(at, at + 1536), sampleRate: 48_000, channels: 1 }),
    );
  }
  await arrival();
  phone.transport.close();

  const samples: number[] = [];
  const timestamps: number[] = [];
  for await (const frame of phone.transport.readable) {
    assert.ok(frame.type === "audio");
    assert.equal(frame.sampleRate, 16_000);
    samples.push(...frame.samples);
    timestamps.push(Math.round(frame.timestamp ?? -1));
  }
  assert.equal(samples.length, 3200);
  assert.deepEqual(timestamps, [0, 32, 64, 96, 128, 160, 192]);
  // The resampler is 24 samples late.
  const expected = sine(440, 16_000, 0.2);
  const middle = Int16Array.from(samples.slice(524, 2524));
  assert.ok(signalToNoise(expected.slice(500, 2500), middle) > 50);
});

Deno.test("the bot reads the rate and the channels that it asks for", async () => {
  await using phone = await connected({ audioInSampleRate: 8000, audioInChannels: 2 });
  phone.client.send(encodeAudio(silence(20, 16_000)));

  const { value } = await phone.transport.readable.getReader().read();

  assert.ok(value?.type === "audio");
  assert.deepEqual([value.sampleRate, value.channels, value.samples.length], [8000, 2, 320]);
});

for (
  const [name, params, rate] of [
    ["24 kHz, as the client plays it", {}, 24_000],
    ["the rate that the client was set to", { audioOutSampleRate: 16_000 }, 16_000],
  ] as const
) {
  Deno.test(`the bot's audio is sent at ${name}`, async () => {
    await using phone = await connected(params);

    await phone.write({ ...silence(60, 8000), channels: 1 });
    const drained = phone.transport.drained();
    await phone.clock.advance(300);
    await drained;

    const frames = phone.audio();
    assert.ok(frames.every(({ sampleRate, channels }) => sampleRate === rate && channels === 1));
    // The end holds what the resampler was late with, and is filled up to a block of the client's.
    assert.ok(
      milliseconds(frames) >= 60 && milliseconds(frames) <= 73,
      `${milliseconds(frames)} ms`,
    );
  });
}

Deno.test("what the bot makes is sent as it is played, a little ahead", async () => {
  await using phone = await connected();
  void phone.write(silence(2000, 24_000));
  await arrival();

  const atOnce = milliseconds(phone.audio());
  await phone.clock.advance(500);
  const later = milliseconds(phone.audio());

  assert.ok(Math.abs(atOnce - 100) < 7, `${atOnce} ms at once`);
  assert.ok(later >= 560 && later <= 620, `${later} ms after 500`);
});

Deno.test("what cannot be played is refused where it is written, and the transport lives on", async () => {
  await using phone = await connected();
  const samples = new Int16Array(960);
  const wrong: Partial<Record<keyof AudioFrame, unknown>>[] = [
    { sampleRate: 1 },
    { sampleRate: NaN },
    { sampleRate: 44_100.5 },
    { sampleRate: -8000 },
    { sampleRate: Infinity },
    { channels: 3 },
    { samples: new Float32Array(960) },
    { samples: undefined },
    { type: "video" },
  ];

  for (const sampleRate of [11_025, 44_100, 96_000, 192_000, 1000, 384_000]) {
    await phone.write({ type: "audio", samples, sampleRate, channels: 1 });
  }
  for (const fields of wrong) {
    const frame = { type: "audio", samples, sampleRate: 48_000, channels: 1, ...fields };
    // As a bot that no compiler has checked.
    await assert.rejects(phone.write(frame as Frame), TypeError);
  }
  void phone.write({ type: "message", data: { after: true } });

  await phone.clock.advance(3000);

  assert.deepEqual(phone.messages(), [{ after: true }]);
});

Deno.test("live audio leaves at once", async () => {
  await using phone = await connected();

  void phone.write({ ...silence(32, 24_000), timestamp: 0 });
  void phone.write({ ...silence(32, 24_000), timestamp: 32 });
  await arrival();

  assert.equal(milliseconds(phone.audio()), 64);
});

Deno.test("what is sent comes in whole blocks of the client's", async () => {
  await using phone = await connected();

  for (const ms of [7, 1, 33, 20, 250]) {
    void phone.write(silence(ms, 24_000));
    await phone.clock.advance(ms);
  }
  void phone.transport.drained();
  await phone.clock.advance(500);

  const lengths = phone.audio().map(({ samples }) => samples.length);
  assert.ok(lengths.every((length) => length > 0 && length % 128 === 0), String(lengths));
  assert.ok(milliseconds(phone.audio()) >= 311);
});

Deno.test("interrupt drops what was not sent, and drained resolves", async () => {
  await using phone = await connected();
  void phone.write(silence(2000, 24_000));
  await phone.clock.advance(200);
  const before = milliseconds(phone.audio());
  const drained = phone.transport.drained();

  phone.transport.interrupt();
  await drained;
  await phone.clock.advance(1000);

  assert.ok(before <= 320);
  assert.equal(milliseconds(phone.audio()), before);
  void phone.write(silence(200, 24_000));
  await arrival();
  assert.ok(milliseconds(phone.audio()) > before);
});

Deno.test("drained resolves when all was played, not when it was sent", async () => {
  await using phone = await connected();
  void phone.write(silence(300, 24_000));
  let at = -1;
  void phone.transport.drained().then(() => at = phone.clock.now());

  await phone.clock.advance(300);
  assert.equal(at, -1);
  await phone.clock.advance(200);

  assert.ok(at >= 380 && at <= 440, `${at} ms`);
});

Deno.test("nothing but binary frames of audio and messages is sent", async () => {
  await using phone = await connected();

  void phone.write(silence(100, 24_000));
  void phone.write({ type: "message", data: { hello: 1 } });
  void phone.write({ type: "dtmf", digit: "5" });
  await arrival();
  phone.transport.interrupt();
  phone.transport.rtvi.send("bot-interrupted");
  await phone.clock.advance(200);

  assert.equal(phone.texts, 0);
  assert.deepEqual(phone.messages()[0], { hello: 1 });
});

Deno.test("a message keeps its place among the audio, and RTVI goes past it", async () => {
  await using phone = await connected();
  void phone.write(silence(1000, 24_000));
  void phone.write({ type: "message", data: "in place" });
  void phone.write(silence(1000, 24_000));
  await phone.clock.advance(500);
  phone.transport.rtvi.send("server-message", "at once");
  await phone.clock.advance(300);
  const early = phone.messages().filter((message) => message === "in place").length;
  const types = phone.messages().map((message) => (message as { type?: string }).type);
  await phone.clock.advance(150);

  assert.equal(early, 0);
  assert.ok(types.includes("server-message"));
  assert.equal(phone.messages().filter((message) => message === "in place").length, 1);
});

Deno.test("a message that waits behind audio is sent when that is interrupted", async () => {
  await using phone = await connected();
  void phone.write(silence(1000, 24_000));
  void phone.write({ type: "message", data: "in place" });
  await phone.clock.advance(100);

  phone.transport.interrupt();
  await arrival();

  assert.ok(phone.messages().includes("in place"));
});

/**
 * Audio between a peer and its client.
 */
import assert from "node:assert/strict";
import { telephoneEvents } from "../../src/audio/dtmf.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import { sine, speechLike } from "../audio/signals.ts";
import { audioOf, call, echo, encoded, likeness, read, samplesOf, speak } from "./call.ts";
import { delay } from "./client.ts";

Deno.test("speech arrives as it was sent", async () => {
  await using c = await call();
  c.peer.configure({ sampleRate: 48_000, channels: 1 });
  const speech = speechLike(48_000, 1);

  const [frames] = await Promise.all([read(c.peer, 1300), speak(c.client, encoded(speech))]);

  // A frame of silence may have come before the peer was told the rate.
  const all = audioOf(frames);
  const audio = all.slice(all.findIndex(({ sampleRate }) => sampleRate === 48_000));
  assert.equal(c.peer.received, 50); // a second in packets of 20 ms
  assert.ok(audio.every(({ sampleRate, channels }) => sampleRate === 48_000 && channels === 1));
  const alike = likeness(speech.subarray(9600, 28_800), samplesOf(audio));
  assert.ok(alike > 0.95, `${alike}`);
});

Deno.test("what the bot says is heard", async () => {
  await using c = await call();
  echo(c.peer);
  const speech = speechLike(48_000, 1);

  await speak(c.client, encoded(speech));
  await delay(200);

  const alike = likeness(speech.subarray(9600, 28_800), c.client.heard());
  assert.ok(alike > 0.9, `${alike}`);
});

Deno.test("losses and overtaking packets are hidden from the bot", async () => {
  await using c = await call({ lose: (sequence) => sequence % 10 === 3 });
  c.peer.configure({ sampleRate: 48_000, channels: 1 });
  const speech = speechLike(48_000, 1.2);
  const packets = encoded(speech, { fec: true });

  const [frames] = await Promise.all([read(c.peer, 1500), speak(c.client, packets)]);

  const audio = audioOf(frames);
  const steps = audio.slice(1).map((frame, i) => frame.timestamp! - audio[i]!.timestamp!);
  assert.ok(steps.every((step) => Math.abs(step - 20) < 0.01), `${steps}`);
  const alike = likeness(speech.subarray(9600, 28_800), samplesOf(audio));
  assert.ok(alike > 0.9, `${alike}`);
});

Deno.test("a muted client is silent in real time", async () => {
  await using c = await call();

  const frames = audioOf(await read(c.peer, 1000));

  assert.ok(frames.length >= 25 && frames.length <= 51, `${frames.length} frames in a second`);
  assert.ok(samplesOf(frames).every((sample) => sample === 0));
});

Deno.test("key presses come and go as telephone events", async () => {
  await using c = await call();
  const [type] = c.client.pc.getTransceivers()[0]!.codecs
    .filter(({ name }) => name === "telephone-event").map(({ payloadType }) => payloadType);
  const writer = c.peer.writable.getWriter();

  const events = telephoneEvents("4", { clockRate: 48_000 });
  events.forEach((payload, i) =>
    c.client.send(payload, { payloadType: type!, hold: true, marker: i === 0 })
  );
  await writer.write({ type: "dtmf", digit: "9" });
  const frames = await read(c.peer, 400);

  assert.deepEqual(frames.filter(({ type }) => type === "dtmf"), [{ type: "dtmf", digit: "4" }]);
  const heard = c.client.packets.filter(({ header }) => header.payloadType === type);
  assert.equal(heard.length, 7);
  assert.ok(heard.every(({ payload }) => payload[0] === 9));
});

Deno.test("a client without a data channel can talk", async () => {
  const { peer, client } = await call({ data: false });
  const speech = encoded(sine(440, 48_000, 0.3));

  const [frames] = await Promise.all([read(peer, 500), speak(client, speech)]);
  await client.close();

  assert.ok(audioOf(frames).some(({ samples }) => samples.some((sample) => sample > 5000)));
  peer.close();
  await peer[Symbol.asyncDispose]();
});

Deno.test("an interruption drops what waits, but not what is written later", async () => {
  await using c = await call();
  const writer = c.peer.writable.getWriter();
  const tone = (seconds: number): AudioFrame => ({
    type: "audio",
    samples: sine(440, 24_000, seconds),
    sampleRate: 24_000,
    channels: 1,
  });

  for (let i = 0; i < 10; i++) void writer.write(tone(1));
  await delay(300);
  c.peer.playback.interrupt();
  await c.peer.playback.drained();
  const before = c.client.packets.filter(({ payload }) => payload.length > 3).length;
  await delay(200);
  const after = c.client.packets.filter(({ payload }) => payload.length > 3).length;
  void writer.write(tone(0.2));
  await c.peer.playback.drained();
  await delay(50);
  const end = c.client.packets.filter(({ payload }) => payload.length > 3).length;

  assert.ok(before >= 10 && before < 25, `${before} packets`);
  assert.ok(after - before <= 1);
  assert.ok(Math.abs(end - after - 10) <= 1, `${end - after} packets`);
});

Deno.test("drained waits for what is written but not yet taken by the stream", async () => {
  await using c = await call();
  const writer = c.peer.writable.getWriter();
  const frame: AudioFrame = {
    type: "audio",
    samples: sine(440, 24_000, 0.6),
    sampleRate: 24_000,
    channels: 1,
  };

  for (let i = 0; i < 3; i++) void writer.write(frame);
  const start = performance.now();
  await c.peer.playback.drained();

  const elapsed = performance.now() - start;
  assert.ok(elapsed > 1700 && elapsed < 4000, `${elapsed} ms`);
});

/** Of tests with a werift whose counter mode is not repaired: it leaves every cipher open. */
const WITH_LEAKS = { sanitizeResources: false };

Deno.test("a client without AES-GCM is served as well", WITH_LEAKS, async () => {
  await using c = await call({ counterMode: true });
  echo(c.peer);
  const speech = speechLike(48_000, 0.6);

  await speak(c.client, encoded(speech));
  await delay(200);

  assert.equal(c.client.pc.dtlsTransports[0]!.dtls!.srtp.srtpProfile, 1);
  assert.ok(likeness(speech.subarray(9600, 24_000), c.client.heard()) > 0.9);
});

Deno.test("disposing lets the client hear the end", async () => {
  const { peer, client } = await call();
  const writer = peer.writable.getWriter();
  await writer.write({
    type: "audio",
    samples: sine(440, 24_000, 0.5),
    sampleRate: 24_000,
    channels: 1,
  });

  await peer[Symbol.asyncDispose]();

  assert.equal(client.packets.filter(({ payload }) => payload.length > 3).length, 25);
  assert.equal(client.messages.length, 1);
  await client.close();
});

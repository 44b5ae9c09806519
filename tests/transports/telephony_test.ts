import assert from "node:assert/strict";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import type { Carrier } from "../../src/core/carrier.ts";
import type { Frame } from "../../src/core/frame.ts";
import { call, PAYLOAD, settled, speech, STARTS } from "./phone_call.ts";

Deno.test("an echo returns the caller's audio byte for byte, at once", async () => {
  const { transport, media, fake, payloads, sent } = call();
  const echo = transport.readable.pipeTo(transport.writable);
  for (let i = 0; i < 5; i++) media();
  await settled(echo);

  assert.equal(sent("media").length, 5);
  assert.deepEqual(payloads().subarray(640), Uint8Array.fromBase64(PAYLOAD));
  fake.leave();
  await echo;
});

Deno.test("a carrier whose audio is bytes is served like the others", async () => {
  const carrier: Carrier = {
    ...CARRIERS.twilio,
    serializer: () => ({
      size: { min: 160, max: 160, multiple: 160 },
      parse: (message) =>
        typeof message === "string"
          ? { type: "ignored" }
          : { type: "media", samples: new Int16Array(message.buffer), timestamp: 0 },
      media: (samples) => new Uint8Array(samples.slice().buffer),
      mark: (mark) => JSON.stringify({ mark }),
      clear: () => "{}",
    }),
  };
  const { transport, fake } = call("twilio", {}, carrier);
  const echo = transport.readable.pipeTo(transport.writable);
  const pcm = new Uint8Array(Int16Array.from({ length: 160 }, (_, i) => i).buffer);
  fake.arrive(pcm);
  await settled(echo);

  assert.deepEqual(fake.sent, [pcm]);
  fake.leave();
  await echo;
});

Deno.test("audio is read at the call's own rate, or at the one that is asked for", async () => {
  const own = call("exotel");
  const asked = call("twilio", { audioInSampleRate: 16_000, audioInChannels: 2 });
  own.media(new Uint8Array(3200).toBase64());
  asked.media();

  const first = await own.transport.readable.getReader().read();
  const second = await asked.transport.readable.getReader().read();

  assert.ok(first.value?.type === "audio" && second.value?.type === "audio");
  assert.equal(first.value.sampleRate, 16_000);
  assert.equal(first.value.samples.length, 1600);
  assert.deepEqual([second.value.sampleRate, second.value.channels], [16_000, 2]);
  assert.equal(second.value.samples.length, 640);
  assert.equal(second.value.timestamp, 20);
});

for (const [rate, channels] of [[24_000, 1], [48_000, 2], [8000, 2], [16_000, 1]] as const) {
  Deno.test(`audio written at ${rate} Hz with ${channels} channels reaches the caller whole`, async () => {
    const { writer, clock, payloads } = call();
    const frames = writer();
    for (let i = 0; i < 5; i++) await frames.write(speech(20, rate, channels));
    await clock.advance(200);

    assert.equal(payloads().length, 800);
  });
}

Deno.test("key presses are read, and written where the carrier can", async () => {
  const plivo = call("plivo");
  const twilio = call("twilio");
  for (const digit of ["5", "#", "D", "X"]) {
    plivo.fake.arrive({ event: "dtmf", streamId: "P1", dtmf: { digit } });
  }
  plivo.fake.leave();
  const read: Frame[] = [];
  for await (const frame of plivo.transport.readable) read.push(frame);
  const other = call("plivo");
  await other.writer().write({ type: "dtmf", digit: "7" });
  await twilio.writer().write({ type: "dtmf", digit: "7" });

  assert.deepEqual(read.map((frame) => frame.type === "dtmf" && frame.digit), ["5", "#", "D"]);
  assert.deepEqual(other.sent("sendDTMF"), [{ event: "sendDTMF", dtmf: "7" }]);
  assert.deepEqual(twilio.fake.sent, []);
});

Deno.test("app messages and RTVI stay on our side", async () => {
  const { transport, writer, fake } = call();
  await writer().write({ type: "message", data: { hello: 1 } });
  transport.rtvi.send("bot-started-speaking");

  assert.deepEqual(fake.sent, []);
  assert.equal(await settled(transport.rtvi.clientReady), false);
});

Deno.test("what is said is drained when the caller has heard it", async () => {
  const { transport, writer, clock, fake, sent } = call();
  const frames = writer();
  assert.equal(await settled(transport.drained()), true);

  await frames.write(speech(400));
  const drained = transport.drained();
  await clock.advance(280);
  const early = sent("mark").length;
  await clock.advance(40);
  const [mark] = sent("mark");
  const before = await settled(drained);
  fake.arrive({ event: "mark", streamSid: "MZ1", mark: mark.mark });

  assert.equal(early, 0);
  assert.equal(before, false);
  assert.equal(await settled(drained), true);
  assert.equal(await settled(transport.drained()), true);
  assert.equal(sent("mark").length, 1);
});

Deno.test("a carrier that returns no marks is waited for as long as its audio and 2 s", async () => {
  const { transport, writer, clock } = call();
  await writer().write(speech(400));
  const drained = transport.drained();

  await clock.advance(2300);
  const before = await settled(drained);
  await clock.advance(200);

  assert.equal(before, false);
  assert.equal(await settled(drained), true);
});

for (const name of ["twilio", "telnyx", "plivo", "exotel"] as const) {
  Deno.test(`an interruption on ${name} clears, settles drained, and old marks mean nothing`, async () => {
    const { transport, writer, clock, fake, sent } = call(name);
    const [clear, checkpoint] = name === "plivo" ? ["clearAudio", "checkpoint"] : ["clear", "mark"];
    const frames = writer();
    await frames.write(speech(300));
    const drained = transport.drained();
    await clock.advance(260);
    const [mark] = sent(checkpoint);

    transport.interrupt();
    const interrupted = await settled(drained);
    await frames.write(speech(300));
    const again = transport.drained();
    await clock.advance(260);
    const named = mark.mark ?? { name: mark.name };
    fake.arrive(
      name === "plivo" ? { event: "playedStream", ...named } : { event: "mark", mark: named },
    );
    const byOldMark = await settled(again);

    assert.equal(sent(clear).length, 1);
    assert.deepEqual([interrupted, byOldMark], [true, false]);
    fake.leave();
    assert.equal(await settled(again), true);
  });
}

Deno.test("a flood waits: memory holds some seconds of it", async () => {
  const { writer, clock } = call();
  const frames = writer();
  let accepted = 0;
  for (let i = 0; i < 100; i++) void frames.write(speech(1000)).then(() => accepted++, () => {});
  await settled(Promise.resolve());
  await clock.advance(1000);

  assert.ok(accepted >= 5 && accepted <= 8, `${accepted} s`);
  await frames.abort();
});

Deno.test("messages that cannot be used do not end the call", async () => {
  const { transport, fake, media } = call();
  const bad = [
    "",
    "{",
    "null",
    `{"event":7}`,
    `{"event":"media","media":{"payload":"***"}}`,
    `{"event":"news"}`,
    `{"event":"media","media":{"payload":"${"A".repeat(300_000)}"}}`,
    new Uint8Array(9),
    STARTS.plivo,
  ];
  for (const message of bad) fake.arrive(message);
  media();
  fake.leave();
  const frames: Frame[] = [];
  for await (const frame of transport.readable) frames.push(frame);

  assert.equal(frames.length, 1);
});

Deno.test("Telnyx's media is put in order, and the bot's own track is not heard", async () => {
  const { transport, fake } = call("telnyx");
  for (const [chunk, track] of [[1, "inbound"], [3, "inbound"], [2, "outbound"], [2, "inbound"]]) {
    const payload = new Uint8Array(160).fill(Number(chunk)).toBase64();
    const media = { track, chunk: `${chunk}`, timestamp: `${Number(chunk) * 20}`, payload };
    fake.arrive({ event: "media", stream_id: "S1", media });
  }
  fake.leave();
  const times: unknown[] = [];
  for await (const frame of transport.readable) {
    times.push(frame.type === "audio" && frame.timestamp);
  }

  assert.deepEqual(times, [20, 40, 60]);
});

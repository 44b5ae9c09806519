import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { media, open, payloadOf } from "./stream.ts";

/** A tone with a little noise, as bytes in either order. */
function tone(samples: number, amplitude: number, littleEndian: boolean): [Buffer, Int16Array] {
  const bytes = Buffer.alloc(samples * 2);
  const pcm = Int16Array.from(
    { length: samples },
    (_, i) => Math.round(amplitude * Math.sin(i / 9) + amplitude * 0.05 * Math.sin(i * 7.1)),
  );
  for (const [i, sample] of pcm.entries()) {
    if (littleEndian) bytes.writeInt16LE(sample, i * 2);
    else bytes.writeInt16BE(sample, i * 2);
  }
  return [bytes, pcm];
}

Deno.test("Telnyx: the byte order of 16-bit samples is found out from the sound", () => {
  for (const littleEndian of [true, false]) {
    for (const amplitude of [20, 300, 8000, 30000]) {
      const serializer = open("telnyx", { encoding: "l16", sampleRate: 16000 });
      const silence = media("telnyx", { payload: Buffer.alloc(640).toString("base64") });
      for (let i = 0; i < 200; i++) serializer.parse(silence);
      const [bytes, pcm] = tone(320, amplitude, littleEndian);

      const event = serializer.parse(media("telnyx", { payload: bytes.toString("base64") }));
      const answer = payloadOf(serializer.media(pcm));

      assert.ok(event.type === "media");
      assert.deepEqual(event.samples, pcm, `amplitude ${amplitude}`);
      assert.deepEqual(answer, bytes);
    }
  }
});

Deno.test("Telnyx: noise does not change the byte order", () => {
  const serializer = open("telnyx", { encoding: "l16", sampleRate: 16000 });
  const noise = new Int16Array(320);
  for (let i = 0; i < 20; i++) {
    crypto.getRandomValues(noise);
    const payload = Buffer.from(noise.buffer).toString("base64");
    const event = serializer.parse(media("telnyx", { payload }));
    assert.ok(event.type === "media");
    assert.deepEqual(event.samples, noise);
  }
});

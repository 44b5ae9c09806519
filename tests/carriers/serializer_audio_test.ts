import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeAlaw, decodeMulaw } from "../../src/audio/g711.ts";
import type { CarrierAudio } from "../../src/core/carrier.ts";
import { type JsonCarrier, L16_SILENCE } from "./messages.ts";
import { media, open, payloadOf } from "./stream.ts";

/** What a carrier makes of a message of ours, as a message to us. */
function echoed(name: JsonCarrier, message: string): string {
  return media(name, { payload: JSON.parse(message).media.payload });
}

Deno.test("audio that a carrier sends back is the audio that was sent", () => {
  const sample = fc.oneof(
    fc.integer({ min: -32768, max: 32767 }),
    fc.constantFrom(-32768, -1, 0, 32767),
  );
  const samples = fc.array(sample, { minLength: 1, maxLength: 200 }).map((all) =>
    Int16Array.from(all)
  );
  const stream = fc.constantFrom<[JsonCarrier, CarrierAudio]>(
    ["twilio", { encoding: "mulaw", sampleRate: 8000 }],
    ["telnyx", { encoding: "mulaw", sampleRate: 8000 }],
    ["telnyx", { encoding: "alaw", sampleRate: 8000 }],
    ["telnyx", { encoding: "l16", sampleRate: 16000 }],
    ["plivo", { encoding: "mulaw", sampleRate: 8000 }],
    ["plivo", { encoding: "l16", sampleRate: 16000 }],
    ["exotel", { encoding: "l16", sampleRate: 24000 }],
  );
  fc.assert(
    fc.property(stream, samples, ([name, audio], pcm) => {
      const serializer = open(name, audio);
      const message = serializer.media(pcm);
      const bytes = payloadOf(message);
      const heard = audio.encoding === "mulaw"
        ? decodeMulaw(bytes)
        : audio.encoding === "alaw"
        ? decodeAlaw(bytes)
        : pcm;
      if (audio.encoding === "l16") {
        const little = Array.from(pcm, (_, i) => bytes.readInt16LE(i * 2));
        assert.deepEqual(Int16Array.from(little), pcm);
      }
      assert.equal(bytes.length, pcm.length * (audio.encoding === "l16" ? 2 : 1));
      if (name === "telnyx" && audio.encoding === "l16") return; // the byte order is found out first
      const event = serializer.parse(echoed(name, message));
      assert.ok(event.type === "media");
      assert.deepEqual(event.samples, heard);
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("a message of any allowed size keeps to the carrier's limits", () => {
  const streams: [
    JsonCarrier,
    CarrierAudio,
    (bytes: number, text: string) => boolean,
  ][] = [
    ["twilio", { encoding: "mulaw", sampleRate: 8000 }, (bytes) => bytes > 0],
    [
      "telnyx",
      { encoding: "mulaw", sampleRate: 8000 },
      (bytes) => bytes >= 160 && bytes % 160 === 0 && bytes <= 240_000,
    ],
    [
      "telnyx",
      { encoding: "l16", sampleRate: 16000 },
      (bytes) => bytes >= 640 && bytes % 640 === 0 && bytes <= 960_000,
    ],
    ["plivo", { encoding: "mulaw", sampleRate: 8000 }, (_, text) => text.length <= 16_384],
    ["plivo", { encoding: "l16", sampleRate: 16000 }, (_, text) => text.length <= 16_384],
    ...[8000, 16000, 24000].map((sampleRate): typeof streams[number] => [
      "exotel",
      { encoding: "l16", sampleRate },
      (bytes, text) => bytes >= 3200 && bytes % 320 === 0 && text.length <= 100_000,
    ]),
  ];
  for (const [name, audio, allowed] of streams) {
    const serializer = open(name, audio);
    const { min, max, multiple } = serializer.size;
    assert.ok(min > 0 && min % multiple === 0 && max % multiple === 0 && min <= max);
    const steps = (max - min) / multiple;
    for (const step of [0, 1, Math.floor(steps / 3), steps - 1, steps]) {
      const message = serializer.media(new Int16Array(min + Math.min(step, steps) * multiple));
      const { media: { payload } } = JSON.parse(message);
      assert.ok(allowed(payloadOf(message).length, payload), `${name} ${step}`);
    }
  }
});

Deno.test("base64 is the same where the runtime has no codec of its own", async () => {
  const [to, from] = [Uint8Array.prototype.toBase64, Uint8Array.fromBase64];
  const run = () => {
    const serializer = open("exotel");
    const events = ["AAAA", "AAA", "AA==", "AAA=A", "!", "A", "AA AA", "", L16_SILENCE].map((
      payload,
    ) => serializer.parse(media("exotel", { payload })));
    return [...events, serializer.media(Int16Array.from([0, -1, 32767, 5]))];
  };
  const native = run();
  Reflect.deleteProperty(Uint8Array.prototype, "toBase64");
  Reflect.deleteProperty(Uint8Array, "fromBase64");
  try {
    assert.deepEqual(run(), native);
  } finally {
    const hidden = { enumerable: false, configurable: true, writable: true };
    Object.defineProperty(Uint8Array.prototype, "toBase64", { ...hidden, value: to });
    Object.defineProperty(Uint8Array, "fromBase64", { ...hidden, value: from });
  }
  assert.equal(await new Response(L16_SILENCE).text(), L16_SILENCE);
});

import assert from "node:assert/strict";
import oracle from "alawmulaw";
import fc from "fast-check";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "../../src/audio/g711.ts";

const CODES = Uint8Array.from({ length: 256 }, (_, code) => code);
const SAMPLES = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);

/** The values of G.711, tables 1 and 2, by the definition of their segments. */
function* referenceMagnitudes(law: "mu" | "a"): Generator<number> {
  for (let segment = 0; segment < 8; segment++) {
    for (let step = 0; step < 16; step++) {
      if (law === "mu") yield ((2 * step + 33) * 2 ** segment - 33) * 4; // 14 bits in 16
      else if (segment === 0) yield (2 * step + 1) * 8; // 13 bits in 16
      else yield (2 * step + 33) * 2 ** (segment - 1) * 8;
    }
  }
}

Deno.test("every µ-law byte decodes to the value in G.711", () => {
  const expected = [...referenceMagnitudes("mu")];
  const actual = decodeMulaw(CODES);
  for (const [index, magnitude] of expected.entries()) {
    assert.equal(actual[0xff - index], magnitude);
    assert.equal(actual[0x7f - index], magnitude === 0 ? 0 : -magnitude);
  }
});

Deno.test("every A-law byte decodes to the value in G.711", () => {
  const expected = [...referenceMagnitudes("a")];
  const actual = decodeAlaw(CODES);
  for (const [index, magnitude] of expected.entries()) {
    assert.equal(actual[(0x80 | index) ^ 0x55], magnitude);
    assert.equal(actual[index ^ 0x55], -magnitude);
  }
});

Deno.test("every byte decodes as another implementation decodes it", () => {
  assert.deepEqual(decodeMulaw(CODES), oracle.mulaw.decode(CODES));
  assert.deepEqual(decodeAlaw(CODES), oracle.alaw.decode(CODES));
});

for (
  const { law, encode, decode, ordinal, halfStep, other } of [
    {
      law: "µ-law",
      encode: encodeMulaw,
      decode: decodeMulaw,
      ordinal: (byte: number) => byte & 0x80 ? 255 - byte : byte - 128,
      halfStep: (byte: number) => 4 << (~byte >> 4 & 7),
      other: oracle.mulaw.encode,
    },
    {
      law: "A-law",
      encode: encodeAlaw,
      decode: decodeAlaw,
      ordinal: (byte: number) => {
        const code = byte ^ 0x55;
        return code & 0x80 ? code - 128 : -1 - code;
      },
      halfStep: (byte: number) => 8 << Math.max(0, ((byte ^ 0x55) >> 4 & 7) - 1),
      other: oracle.alaw.encode,
    },
  ]
) {
  Deno.test(`every sample is encoded in ${law} within one code of another implementation`, () => {
    const theirs = other(SAMPLES);
    const ours = encode(SAMPLES);
    SAMPLES.forEach((sample, i) => {
      const difference = Math.abs(ordinal(ours[i]!) - ordinal(theirs[i]!));
      assert.ok(difference <= 1, `${sample} became ${ours[i]} and not ${theirs[i]}`);
    });
  });

  Deno.test(`every sample is encoded in ${law} within half a step, or clipped`, () => {
    const bytes = encode(SAMPLES);
    const decoded = decode(bytes);
    const loudest = Math.max(...decoded);
    SAMPLES.forEach((sample, i) => {
      const clipped = Math.sign(sample) * Math.min(Math.abs(sample), loudest);
      const error = Math.abs(decoded[i]! - clipped);
      assert.ok(error <= halfStep(bytes[i]!), `${sample} became ${decoded[i]}`);
    });
  });

  Deno.test(`${law} keeps the order of samples`, () => {
    const decoded = decode(encode(SAMPLES));
    for (let i = 1; i < decoded.length; i++) assert.ok(decoded[i]! >= decoded[i - 1]!);
  });

  Deno.test(`what was ${law} once stays the same`, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const samples = decode(bytes);
      assert.deepEqual(decode(encode(samples)), samples);
    }));
  });
}

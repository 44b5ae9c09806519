import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeWav, parseWav } from "../../src/audio/wav.ts";
import { RunnerError } from "../../src/core/error.ts";

const SAMPLES = Int16Array.of(1, -2, 300, -32_768, 32_767, 0);

/** A WAV file put together from its chunks. */
function wav(...chunks: { readonly name: string; readonly body: Uint8Array }[]): Uint8Array {
  const encoder = new TextEncoder();
  const parts = chunks.flatMap(({ name, body }) => [
    encoder.encode(name),
    new Uint8Array(Uint32Array.of(body.length).buffer),
    body,
    new Uint8Array(body.length % 2),
  ]);
  const bytes = [...encoder.encode("RIFF\0\0\0\0WAVE"), ...parts.flatMap((part) => [...part])];
  return Uint8Array.from(bytes);
}

function format(fields: { tag?: number; channels?: number; rate?: number; bits?: number }) {
  const { tag = 1, channels = 1, rate = 8000, bits = 16 } = fields;
  const body = new Uint8Array(40);
  const view = new DataView(body.buffer);
  view.setUint16(0, tag, true);
  view.setUint16(2, channels, true);
  view.setUint32(4, rate, true);
  view.setUint16(14, bits, true);
  view.setUint16(24, 1, true); // the PCM of the extensible format
  return { name: "fmt ", body: tag === 0xfffe ? body : body.slice(0, 16) };
}

const data = { name: "data", body: new Uint8Array(SAMPLES.slice().buffer) };

Deno.test("what is written reads back", () => {
  const file = fc.record({
    samples: fc.int16Array({ maxLength: 200 }).map((samples) => samples.slice(samples.length % 2)),
    sampleRate: fc.integer({ min: 1, max: 192_000 }),
    channels: fc.constantFrom<1 | 2>(1, 2),
  });
  fc.assert(fc.property(file, (original) => {
    assert.deepEqual(parseWav(encodeWav(original)), { type: "audio", ...original });
  }));
});

Deno.test("other chunks are skipped, and the extensible format is read", () => {
  const bytes = wav(
    { name: "JUNK", body: new Uint8Array(7) },
    format({ tag: 0xfffe, rate: 22_050 }),
    { name: "LIST", body: new Uint8Array(3) },
    data,
    { name: "id3 ", body: new Uint8Array(5) },
  );
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  const read = parseWav(shifted.subarray(1));
  assert.deepEqual(read, { type: "audio", samples: SAMPLES, sampleRate: 22_050, channels: 1 });
});

const KINDS: [
  string,
  { readonly tag?: number; readonly bits: number },
  ArrayBufferView,
  number[],
][] = [
  ["8-bit samples", { bits: 8 }, Uint8Array.of(0, 128, 255), [-32_768, 0, 32_512]],
  ["24-bit samples", { bits: 24 }, Uint8Array.of(9, 1, 2, 0, 0xff, 0xff), [0x0201, -1]],
  ["32-bit samples", { bits: 32 }, Int32Array.of(1 << 16, -(1 << 31)), [1, -32_768]],
  ["floats", { tag: 3, bits: 32 }, Float32Array.of(0.5, -1, 2), [16_384, -32_768, 32_767]],
  ["doubles", { tag: 3, bits: 64 }, Float64Array.of(0.5, -1, 2), [16_384, -32_768, 32_767]],
  ["µ-law", { tag: 7, bits: 8 }, Uint8Array.of(0xff, 0x80), [0, 32_124]],
  ["A-law", { tag: 6, bits: 8 }, Uint8Array.of(0xd5, 0xaa), [8, 32_256]],
];
for (const [what, fields, content, expected] of KINDS) {
  Deno.test(`${what} are read as 16 bits`, () => {
    const body = new Uint8Array(content.buffer.slice(0));
    assert.deepEqual([...parseWav(wav(format(fields), { name: "data", body })).samples], expected);
  });
}

Deno.test("a file that was cut short is read as far as it goes", () => {
  const bytes = wav(format({ channels: 2 }), data);
  const { samples } = parseWav(bytes.subarray(0, bytes.length - 3));
  assert.deepEqual(samples, SAMPLES.slice(0, 4));
});

for (const length of [0, 0xffff_ffff]) {
  Deno.test(`a file from a pipe, with a stated length of ${length}, is read to its end`, () => {
    const bytes = wav(format({}), data);
    new DataView(bytes.buffer).setUint32(40, length, true);
    assert.deepEqual(parseWav(bytes).samples, SAMPLES);
  });
}

const REFUSED: [string, Uint8Array, RegExp][] = [
  ["nothing", new Uint8Array(0), /not a WAV file/],
  ["an MP3 file", new TextEncoder().encode("ID3\x04 and so on, at length"), /not a WAV file/],
  ["a file without samples", wav(format({})), /no samples/],
  ["samples before their format", wav(data, format({})), /before its format/],
  ["a format cut short", wav({ name: "fmt ", body: new Uint8Array(15) }, data), /cut short/],
  [
    "the extensible format without its end",
    wav({ name: "fmt ", body: format({ tag: 0xfffe }).body.slice(0, 25) }, data),
    /format 65534/,
  ],
  ["12-bit samples", wav(format({ bits: 12 }), data), /12-bit samples in format 1/],
  ["ADPCM", wav(format({ tag: 2, bits: 4 }), data), /4-bit samples in format 2/],
  ["six channels", wav(format({ channels: 6 }), data), /6 channels/],
  ["a rate of 0", wav(format({ rate: 0 }), data), /rate of 0/],
];
for (const [what, bytes, reason] of REFUSED) {
  Deno.test(`${what} cannot be read as WAV, and the error says why`, () => {
    assert.throws(() => parseWav(bytes), (error: unknown) => {
      assert.ok(error instanceof RunnerError);
      assert.equal(error.code, "bad_wav");
      assert.match(error.message, reason);
      return true;
    });
  });
}

Deno.test("a damaged file never fails in another way", () => {
  const good = encodeWav({ samples: SAMPLES, sampleRate: 8000, channels: 1 });
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(damage, fc.nat(good.length), (changes, length) => {
      const bytes = good.slice();
      for (const [at, value] of changes) bytes[at] = value;
      try {
        parseWav(bytes.subarray(0, length));
      } catch (error) {
        assert.ok(error instanceof RunnerError, String(error));
      }
    }),
    { numRuns: 5000 },
  );
});

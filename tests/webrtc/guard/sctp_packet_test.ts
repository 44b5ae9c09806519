import assert from "node:assert/strict";
import fc from "fast-check";
import { sctpChecksum } from "../../../src/ways/webrtc/guard/crc32c.ts";
import {
  CHUNK,
  isAfter,
  parseSctp,
  readData,
  readForward,
  readInitiation,
  readParameters,
  readSack,
  type SctpChunk,
  writeChunk,
  writeSctp,
} from "../../../src/ways/webrtc/guard/sctp_packet.ts";

const HEADER = { sourcePort: 5000, destinationPort: 4999, verificationTag: 0xfedcba98 };

/** A packet with a right checksum around any bytes. */
function packet(...chunks: readonly (readonly number[])[]): Uint8Array {
  return writeSctp(HEADER, chunks.map((bytes) => Uint8Array.from(bytes)));
}

function chunk(type: number, value: readonly number[], flags = 0): SctpChunk {
  const bytes = writeChunk(type, flags, Uint8Array.from(value));
  return { type, flags, value: bytes.subarray(4), bytes };
}

Deno.test("the checksum is CRC32c, without its own four bytes", () => {
  // RFC 3720, appendix B.4: the checksum of 32 bytes of zeroes.
  assert.equal(sctpChecksum(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(sctpChecksum(new Uint8Array(32).fill(255, 8, 12)), 0x8a9136aa);
});

Deno.test("what is written is read again, and no flipped bit is overlooked", () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(chunks, fc.nat(), (values, bit) => {
    const written = writeSctp(HEADER, values.map((value) => writeChunk(CHUNK.data, 3, value)));

    const read = parseSctp(written);
    written[(bit >> 3) % written.length]! ^= 1 << (bit & 7);

    assert.deepEqual(read && { ...read, chunks: read.chunks.length }, {
      ...HEADER,
      chunks: values.length,
    });
    assert.equal(parseSctp(written), undefined);
  }));
});

Deno.test("a chunk whose length is less than its header, or more than the packet, spoils it", () => {
  const whole = [CHUNK.cookieAck, 0, 0, 4];

  assert.equal(parseSctp(packet(whole))?.chunks.length, 1);
  for (const length of [0, 1, 2, 3, 5, 8, 0xffff]) {
    const bad = [CHUNK.heartbeat, 0, length >> 8, length & 255];
    assert.equal(parseSctp(packet(bad)), undefined, `${length} alone`);
    assert.equal(parseSctp(packet(whole, bad)), undefined, `${length} after another`);
  }
  assert.equal(parseSctp(packet(...Array(200).fill(whole))), undefined, "far too many chunks");
  assert.equal(parseSctp(packet(whole, [CHUNK.init, 0, 0, 4])), undefined, "INIT is not alone");
});

Deno.test("parameters of length 0, or cut short, are no parameters", () => {
  const parameters = (...bytes: number[]) => readParameters(Uint8Array.from(bytes));

  assert.deepEqual(parameters(), []);
  assert.deepEqual(parameters(0, 1, 0, 5, 7, 0, 0, 0, 0x80, 8, 0, 4), [
    { type: 1, value: Uint8Array.of(7) },
    { type: 0x8008, value: new Uint8Array() },
  ]);
  for (const bad of [[0, 1, 0, 0], [0, 1, 0, 3], [0, 1, 0, 5], [0, 1], [0, 1, 0, 4, 9]]) {
    assert.equal(parameters(...bad), undefined, `${bad}`);
  }
});

Deno.test("an acknowledgment names as many blocks as it says, in order and apart", () => {
  const sack = (counts: number[], ...rest: number[]) =>
    readSack(chunk(CHUNK.sack, [0, 0, 0, 9, 0, 0, 1, 0, ...counts, ...rest]));

  assert.deepEqual(sack([0, 1, 0, 1], 0, 2, 0, 3, 0, 0, 0, 7), {
    cumulativeTsn: 9,
    window: 256,
    gaps: [[2, 3]],
    duplicates: [7],
  });
  assert.equal(sack([0xff, 0xff, 0, 0]), undefined);
  assert.equal(sack([0, 0, 0xff, 0xff]), undefined);
  assert.equal(sack([0, 1, 0, 0], 0, 0, 0xff, 0xff), undefined, "it begins at 0");
  assert.equal(sack([0, 1, 0, 0], 0, 5, 0, 4), undefined, "it ends before it begins");
  assert.equal(sack([0, 2, 0, 0], 0, 2, 0, 5, 0, 5, 0, 6), undefined, "they overlap");
});

Deno.test("chunks that are cut short say nothing", () => {
  assert.equal(readData(chunk(CHUNK.data, Array(12).fill(0))), undefined, "no user data");
  assert.equal(readInitiation(chunk(CHUNK.init, Array(15).fill(1))), undefined);
  assert.equal(readInitiation(chunk(CHUNK.init, Array(16).fill(0))), undefined, "a tag of 0");
  assert.equal(readForward(chunk(CHUNK.forwardTsn, [0, 0, 0])), undefined);
  assert.equal(readForward(chunk(CHUNK.forwardTsn, [0, 0, 0, 1, 0, 2])), undefined);
  assert.equal(readData(chunk(CHUNK.data, Array(13).fill(1), 7))?.payload.length, 1);
});

Deno.test("no bytes at all throw, take long or read beyond their end", () => {
  const kinds = fc.constantFrom(...Object.values(CHUNK), 64, 132, 193);
  const values = fc.uint8Array({ maxLength: 64 });
  fc.assert(
    fc.property(kinds, values, fc.nat(80), (type, value, length) => {
      const bytes = writeChunk(type, 0, value);
      bytes[3] = length;
      const read = parseSctp(writeSctp(HEADER, [bytes]))?.chunks[0];
      for (const reader of [readData, readInitiation, readSack, readForward]) {
        if (read) reader(read);
      }
      if (read) readParameters(read.value);
      parseSctp(value);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a TSN comes after another one across the turn of its 32 bits", () => {
  assert.deepEqual(
    [isAfter(1, 0), isAfter(0, 0xffffffff), isAfter(0xffffffff, 0), isAfter(5, 5)],
    [true, true, false, false],
  );
});

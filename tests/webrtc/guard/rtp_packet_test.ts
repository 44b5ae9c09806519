import assert from "node:assert/strict";
import fc from "fast-check";
import * as werift from "werift";
import {
  headerExtension,
  readRtpHeader,
  withoutPadding,
} from "../../../src/ways/webrtc/guard/rtp_packet.ts";

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });

Deno.test("a header is read as it was written, whatever follows it", () => {
  const headers = fc.record({
    marker: fc.boolean(),
    payloadType: uint(7),
    sequenceNumber: uint(16),
    timestamp: uint(32),
    ssrc: uint(32),
    csrc: fc.array(uint(32), { maxLength: 15 }),
  });
  fc.assert(fc.property(headers, fc.uint8Array({ maxLength: 40 }), (fields, payload) => {
    const written = new werift.RtpHeader(fields);
    const bytes = new Uint8Array([...written.serialize(written.serializeSize), ...payload]);

    const header = readRtpHeader(bytes);

    assert.deepEqual(header, {
      marker: fields.marker,
      payloadType: fields.payloadType,
      sequence: fields.sequenceNumber,
      timestamp: fields.timestamp,
      source: fields.ssrc,
      extended: false,
      length: bytes.length - payload.length,
      padded: false,
    });
  }));
});

Deno.test("no bytes make a header that is longer than they are, or a fault", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    // Nearly right: the version is, and the rest is anything.
    fc.uint8Array({ minLength: 1, maxLength: 120 }).map(([first, ...rest]) =>
      Uint8Array.of(first! & 0x3f | 0x80, ...rest)
    ),
  );
  fc.assert(
    fc.property(bytes, uint(7), (bytes, end) => {
      const header = readRtpHeader(bytes, end);
      assert.ok(!header || header.length >= 12 && header.length <= Math.min(end, bytes.length));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("an extension is found by its number, behind others and padding", () => {
  const extensions = fc.uniqueArray(
    fc.tuple(fc.integer({ min: 1, max: 14 }), fc.uint8Array({ minLength: 1, maxLength: 16 })),
    { selector: ([id]) => id, maxLength: 6 },
  );
  fc.assert(fc.property(extensions, fc.nat(3), (extensions, padding) => {
    const content = extensions.flatMap(([id, value]) => [
      id << 4 | (value.length - 1),
      ...value,
      ...Array(padding).fill(0),
    ]);
    while (content.length % 4) content.push(0);
    const head = packet(0x90, 0xbe, 0xde, 0, content.length / 4, ...content);

    assert.equal(readRtpHeader(head)?.length, head.length);
    for (const [id, value] of extensions) {
      assert.deepEqual(headerExtension(head, id), new Uint8Array(value));
    }
    assert.equal(headerExtension(head.subarray(0, 12), 1), undefined);
  }));
});

Deno.test("no header has an extension that is longer than it is", () => {
  const heads = fc.uint8Array({ minLength: 12, maxLength: 60 }).map((bytes) =>
    Uint8Array.of(0x90, ...bytes.subarray(1, 12), 0xbe, 0xde, ...bytes.subarray(12))
  );
  fc.assert(
    fc.property(heads, fc.integer({ min: 1, max: 14 }), (head, id) => {
      assert.ok((headerExtension(head, id)?.length ?? 1) <= head.length);
    }),
    { numRuns: 2000 },
  );
});

/** A header of 12 bytes with a first byte of its own, and what follows. */
const packet = (first: number, ...rest: number[]) =>
  Uint8Array.of(first, 111, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, ...rest);

for (
  const [name, bytes] of [
    ["of another version", packet(0x40, 1, 2)],
    ["that is cut short", packet(0x80).subarray(0, 11)],
    ["with more sources than bytes", packet(0x8f, 0, 0, 0, 1)],
    ["with half a header of an extension", packet(0x90, 0xbe, 0xde)],
    ["with an extension that goes on behind its end", packet(0x90, 0xbe, 0xde, 0, 2, 1, 2, 3, 4)],
  ] as const
) {
  Deno.test(`a header ${name} is refused`, () => {
    assert.equal(readRtpHeader(bytes), undefined);
  });
}

Deno.test("an extension of any profile belongs to the header", () => {
  assert.equal(readRtpHeader(packet(0x90, 0xab, 0xcd, 0, 1, 1, 2, 3, 4, 9))?.length, 20);
});

Deno.test("padding is taken off, and refused where it cannot be", () => {
  const payload = Uint8Array.of(1, 2, 3, 0, 2);

  assert.deepEqual(withoutPadding(payload, true), Uint8Array.of(1, 2, 3));
  assert.deepEqual(withoutPadding(payload, false), payload);
  assert.equal(withoutPadding(Uint8Array.of(7, 0), true), undefined);
  assert.equal(withoutPadding(Uint8Array.of(7, 3), true), undefined);
  assert.equal(withoutPadding(new Uint8Array(0), true), undefined);
  assert.equal(withoutPadding(Uint8Array.of(0, 2), true)?.length, 0);
});

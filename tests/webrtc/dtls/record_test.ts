import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CONTENT,
  DTLS_1_2,
  parseRecords,
  RECORD_HEADER_BYTES,
  writeRecord,
} from "../../../src/ways/webrtc/dtls/record.ts";
import { concat } from "../../../src/core/bytes.ts";

const record = fc.record({
  type: fc.constantFrom(...Object.values(CONTENT)),
  epoch: fc.integer({ min: 0, max: 65_535 }),
  sequence: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  body: fc.uint8Array({ maxLength: 100 }),
});

Deno.test("records are read as they were written, and a cut one ends its datagram", () => {
  fc.assert(fc.property(fc.array(record, { maxLength: 5 }), fc.nat(20), (records, cut) => {
    const bytes = concat(...records.map((one) => writeRecord(one, one.body)));
    const expected = records.map((one) => ({ ...one, version: DTLS_1_2 }));
    assert.deepEqual(parseRecords(bytes), expected);
    const whole = Math.min(cut, bytes.length, (records.at(-1)?.body.length ?? 0) + 12);
    if (whole > 0) {
      assert.deepEqual(parseRecords(bytes.subarray(0, -whole)), expected.slice(0, -1));
    }
  }));
});

Deno.test("no bytes make the parser of records throw, nor find more than there is", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
    const records = parseRecords(bytes);
    const size = records.reduce((sum, { body }) => sum + RECORD_HEADER_BYTES + body.length, 0);
    assert.ok(size <= bytes.length);
  }));
});

Deno.test("unknown types are left out, unknown versions end a datagram", () => {
  const alert = writeRecord({ type: CONTENT.alert, epoch: 0, sequence: 1 }, Uint8Array.of(1, 0));
  const unknown = [24, 26, 63].map((type) =>
    writeRecord({ type, epoch: 0, sequence: 0 }, new Uint8Array(4))
  );
  const foreign = alert.slice();
  foreign.set([0x03, 0x03], 1);

  assert.equal(parseRecords(concat(...unknown, alert)).length, 1);
  assert.equal(parseRecords(concat(foreign, alert)).length, 0);
});

Deno.test("a datagram of nothing but empty records costs little", () => {
  const empty = writeRecord({ type: CONTENT.handshake, epoch: 1, sequence: 0 }, new Uint8Array());

  assert.equal(parseRecords(concat(...Array.from({ length: 5000 }, () => empty))).length, 32);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSctp, writeSctp } from "../../../src/ways/webrtc/guard/sctp_packet.ts";
import {
  answerTo,
  readReconfig,
  RECONFIG_RESULT,
  reconfigResponse,
  resetRequest,
  writeReconfig,
} from "../../../src/ways/webrtc/guard/sctp_reconfig.ts";

const HEADER = { sourcePort: 5000, destinationPort: 5000, verificationTag: 1 };

/** The value of the one chunk of a packet. */
function valueOf(chunk: Uint8Array): Uint8Array {
  return parseSctp(writeSctp(HEADER, [chunk]))!.chunks[0]!.value;
}

Deno.test("a request to close channels is read as it was written, whatever their number", () => {
  const streams = fc.array(fc.nat(65_535), { maxLength: 100 });
  const number = fc.nat(0xffffffff);
  fc.assert(fc.property(number, number, streams, (sequence, lastTsn, streams) => {
    const value = valueOf(writeReconfig(resetRequest(sequence, lastTsn, streams)));

    assert.deepEqual(readReconfig(value), [{ kind: "reset", sequence, lastTsn, streams }]);
  }));
});

Deno.test("an answer is handed on, kinds that nobody sends are left out, bad lengths refused", () => {
  const answer = valueOf(writeReconfig(reconfigResponse(7, RECONFIG_RESULT.performed)));
  const read = (...bytes: number[]) => readReconfig(Uint8Array.from(bytes));

  assert.deepEqual(readReconfig(answer)?.map(({ kind }) => kind), ["response"]);
  assert.deepEqual(read(0, 15, 0, 8, 0, 0, 0, 1), []); // SSN/TSN reset
  assert.equal(read(), undefined);
  assert.equal(read(0, 13, 0, 8, 0, 0, 0, 1), undefined, "cut short");
  assert.equal(read(0, 13, 0, 17, ...Array(13).fill(0)), undefined, "half a stream");
  assert.equal(read(0, 16, 0, 4), undefined);
  assert.equal(read(0, 17, 0, 4), undefined);
  assert.equal(read(...Array(3).fill([0, 15, 0, 4]).flat()), undefined, "three of them");
});

Deno.test("a request is done once, in its turn, and when all that was sent before has come", () => {
  const request = (sequence: number, lastTsn: number) =>
    ({ kind: "reset", sequence, lastTsn, streams: [1] }) as const;

  assert.equal(answerTo(request(8, 100), 7, 100), undefined, "it is due");
  assert.equal(answerTo(request(0, 100), 0xffffffff, 100), undefined, "across the turn");
  assert.equal(answerTo(request(8, 101), 7, 100), RECONFIG_RESULT.inProgress);
  assert.equal(answerTo(request(7, 101), 7, 100), RECONFIG_RESULT.performed, "a repetition");
  assert.equal(answerTo(request(9, 100), 7, 100), RECONFIG_RESULT.badSequence);
  assert.equal(answerTo(request(6, 100), 7, 100), RECONFIG_RESULT.badSequence);
});

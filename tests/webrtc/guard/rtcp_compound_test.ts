import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import * as werift from "werift";
import { concat } from "../../../src/core/bytes.ts";
import { readRtcp } from "../../../src/ways/webrtc/guard/rtcp_compound.ts";
import {
  emptyReport,
  genericNack,
  pictureLoss,
  receiverLimit,
} from "../../../src/ways/webrtc/video/feedback.ts";

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const reception = fc.record({
  ssrc: uint(32),
  fractionLost: uint(8),
  packetsLost: uint(23),
  highestSequence: uint(32),
  jitter: uint(32),
  lsr: uint(32),
  dlsr: uint(32),
});
const receptions = fc.array(reception, { maxLength: 31 });

Deno.test("reports are read as they were written, whatever else is in the compound", () => {
  fc.assert(fc.property(
    uint(32),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    receptions,
    (ssrc, ntpTimestamp, blocks) => {
      const senderInfo = new werift.RtcpSenderInfo({
        ntpTimestamp,
        rtpTimestamp: 1,
        packetCount: 2,
        octetCount: 3,
      });
      const reports = blocks.map((block) => new werift.RtcpReceiverInfo(block));
      const compound = Buffer.concat([
        new werift.RtcpSrPacket({ ssrc, senderInfo, reports }).serialize(),
        Buffer.from([0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]), // a lost picture
        new werift.RtcpRrPacket({ ssrc, reports }).serialize(),
      ]);

      const read = readRtcp(compound);

      const expected = blocks.map(({ ssrc, fractionLost, jitter, lsr, dlsr }) => ({
        source: ssrc,
        lost: fractionLost / 256,
        jitter,
        lastReport: lsr,
        sinceReport: dlsr,
      }));
      const ntpMiddle = Number((ntpTimestamp >> 16n) & 0xffff_ffffn);
      assert.deepEqual(read, [
        { type: "sender", source: ssrc, ntpMiddle, receptions: expected },
        { type: "pictureLoss", source: 2 },
        { type: "receiver", source: ssrc, receptions: expected },
      ]);
    },
  ));
});

Deno.test("no bytes are a fault, and no report is made of more than there are", () => {
  const header = fc.tuple(uint(6), fc.constantFrom(200, 201, 202, 205, 206), uint(6));
  const packets = fc.array(fc.tuple(header, fc.uint8Array({ maxLength: 60 })), { maxLength: 4 });
  fc.assert(
    fc.property(packets, (packets) => {
      const bytes = Uint8Array.from(packets.flatMap(([[bits, type, length], content]) => [
        0x80 | bits,
        type,
        0,
        length,
        ...content,
      ]));
      const reports = readRtcp(bytes) ?? [];
      const sizes = reports.map((report) =>
        "receptions" in report
          ? report.receptions.length * 24
          : report.type === "nack"
          ? report.missing.length / 17 * 4
          : 8
      );
      assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= bytes.length);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("what a receiver of video asks for is read as it was written", () => {
  const numbers = fc.uniqueArray(uint(16), { maxLength: 40 });
  fc.assert(fc.property(uint(32), uint(32), numbers, (own, source, missing) => {
    const intra = Uint8Array.from(
      [0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 5, 0, 0, 0],
    );

    const read = readRtcp(concat(
      emptyReport(own),
      pictureLoss(own, source),
      genericNack(own, source, missing),
      receiverLimit(own, [source], 600_000),
      intra,
    ));

    const [report, loss, nack, full] = read ?? [];
    assert.deepEqual(report, { type: "receiver", source: own, receptions: [] });
    assert.deepEqual([loss, full], [source, 7].map((source) => ({ type: "pictureLoss", source })));
    assert.ok(nack?.type === "nack" && nack.source === source && read?.length === 4);
    const byNumber = (a: number, b: number) => a - b;
    assert.deepEqual(nack.missing.toSorted(byNumber), missing.toSorted(byNumber));
  }));
});

Deno.test("a limit is read by another stack as it was meant", () => {
  for (const rate of [50_000, 600_000, 2_500_000]) {
    const [packet] = werift.RtcpPacketConverter.deSerialize(
      Buffer.from(receiverLimit(1, [7, 8], rate)),
    );
    assert.ok(packet instanceof werift.RtcpPayloadSpecificFeedback);
    const { feedback } = packet;
    assert.ok(feedback instanceof werift.ReceiverEstimatedMaxBitrate);
    const { ssrcFeedbacks, bitrate } = feedback;
    assert.deepEqual(ssrcFeedbacks, [7, 8]);
    assert.ok(Math.abs(Number(bitrate) / rate - 1) < 0.001, `${bitrate}`);
  }
});

const RECEIVER = [0x80, 201, 0, 1, 0, 0, 0, 7];

for (
  const [name, bytes] of [
    ["that is empty", []],
    ["of another version", [0x40, 201, 0, 1, 0, 0, 0, 7]],
    ["with half a header at its end", [...RECEIVER, 0x80, 201]],
    ["that says it is longer than it is", [0x80, 201, 0, 2, 0, 0, 0, 7]],
    ["that counts more blocks than it has", [0x81, 201, 0, 1, 0, 0, 0, 7]],
    ["of a sender without what a sender says", [0x80, 200, 0, 1, 0, 0, 0, 7]],
    ["that is padded before its end", [0xa0, 201, 0, 2, 0, 0, 0, 7, 0, 0, 0, 4, ...RECEIVER]],
    ["padded with more than there is", [0xa0, 201, 0, 2, 0, 0, 0, 7, 0, 0, 0, 16]],
    ["padded with parts of a word", [0xa0, 201, 0, 2, 0, 0, 0, 7, 0, 0, 0, 3]],
    ["padded with nothing", [0xa0, 201, 0, 2, 0, 0, 0, 7, 0, 0, 0, 0]],
    ["whose padding is a part of its report", [0xa0, 201, 0, 1, 0, 0, 0, 4]],
  ] as const
) {
  Deno.test(`a compound ${name} is refused`, () => {
    assert.equal(readRtcp(Uint8Array.from(bytes)), undefined);
  });
}

Deno.test("the last packet of a compound may be padded", () => {
  const padded = Uint8Array.of(...RECEIVER, 0xa0, 201, 0, 2, 0, 0, 0, 8, 0, 0, 0, 4);

  assert.deepEqual(readRtcp(padded)?.map(({ source }) => source), [7, 8]);
});

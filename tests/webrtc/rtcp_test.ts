import assert from "node:assert/strict";
import * as werift from "werift";
import type { RtpPacket } from "../../src/ways/webrtc/guard/rtp_packet.ts";
import { createQuality } from "../../src/ways/webrtc/quality.ts";
import { createReporter } from "../../src/ways/webrtc/rtcp.ts";

function packet(sequence: number, timestamp = sequence * 960): RtpPacket {
  const payload = new Uint8Array(80);
  return { marker: false, payloadType: 111, sequence, timestamp, source: 7, payload };
}

/** What the other side reads from a report. */
function read(report: werift.RtcpPacket): werift.RtcpSrPacket | werift.RtcpRrPacket {
  const [parsed] = werift.RtcpPacketConverter.deSerialize(report.serialize());
  assert.ok(parsed instanceof werift.RtcpSrPacket || parsed instanceof werift.RtcpRrPacket);
  return parsed;
}

Deno.test("without audio of our own it is a receiver report", () => {
  const reporter = createReporter(werift, 5);

  const report = read(reporter.report(1000));

  assert.ok(report instanceof werift.RtcpRrPacket);
  assert.equal(report.ssrc, 5);
  assert.deepEqual(report.reports, []);
});

Deno.test("losses are counted, over all and since the report before", () => {
  const reporter = createReporter(werift, 5);
  let now = 0;
  const receive = (from: number, to: number, lose: (i: number) => boolean) => {
    for (let i = from; i < to; i++) {
      now += 20;
      if (!lose(i)) reporter.received(packet(i & 0xffff, i * 960), 1, now);
    }
  };

  receive(65_500, 65_600, (i) => i % 4 === 3);
  const [first] = read(reporter.report(now)).reports;
  receive(65_600, 65_700, () => false);
  const [second] = read(reporter.report(now)).reports;

  assert.equal(first!.ssrc, 7);
  assert.ok(Math.abs(first!.packetsLost - 25) <= 1);
  assert.ok(Math.abs(first!.fractionLost / 256 - 0.25) < 0.02);
  assert.ok(second!.fractionLost / 256 < 0.02);
  assert.equal(second!.highestSequence, 65_699);
  assert.ok(second!.jitter <= 1);
});

Deno.test("jitter follows the arrivals", () => {
  const reporter = createReporter(werift, 5);

  for (let i = 0; i < 500; i++) reporter.received(packet(i), 1, i * 20 + (i % 2) * 10);

  const [report] = read(reporter.report(10_000)).reports;
  assert.ok(Math.abs(report!.jitter - 480) < 20, `${report!.jitter}`); // 10 ms
});

Deno.test("a sender report ties the media clock to the time of day", () => {
  const reporter = createReporter(werift, 5);
  const now = performance.now();
  reporter.sent(960_000, 80, now - 100);

  const report = read(reporter.report(now));

  assert.ok(report instanceof werift.RtcpSrPacket);
  const { ntpTimestamp, rtpTimestamp, packetCount, octetCount } = report.senderInfo;
  const unix = Number(ntpTimestamp >> 32n) - 2_208_988_800 +
    Number(ntpTimestamp & 0xffffffffn) / 2 ** 32;
  assert.ok(Math.abs(unix * 1000 - Date.now()) < 1000);
  assert.deepEqual([rtpTimestamp, packetCount, octetCount], [964_800, 1, 80]);
});

Deno.test("the round trip can be computed from the reports", () => {
  const reporter = createReporter(werift, 5);
  reporter.received(packet(1), 1, 0);

  reporter.heard({ type: "sender", source: 7, ntpMiddle: 0x2222_3333, receptions: [] }, 1000);

  const [report] = read(reporter.report(1500)).reports;
  assert.deepEqual([report!.lsr, report!.dlsr], [0x2222_3333, 32_768]);
});

Deno.test("both sides' reports are summed up, and the round trip comes of ours", () => {
  const quality = createQuality();
  const reporter = createReporter(werift, 5, 48_000, quality);
  const began = performance.now();
  const hear = (lost: number, lastReport: number, now: number) =>
    reporter.heard({
      type: "receiver",
      source: 7,
      receptions: [{ source: 5, lost, jitter: 480, lastReport, sinceReport: 65_536 / 2 }],
    }, now);
  for (let i = 0; i < 100; i++) {
    reporter.sent(i * 960, 80, began);
    if (i % 10 !== 9) reporter.received(packet(i), 1, began + i * 20);
  }

  hear(0.04, 0, began + 1000); // before it has heard a report of ours
  const sent = read(reporter.report(began + 2000));
  assert.ok(sent instanceof werift.RtcpSrPacket);
  const middle = Number((sent.senderInfo.ntpTimestamp >> 16n) & 0xffff_ffffn);
  for (let i = 0; i < 100; i++) reporter.sent(i * 960, 80, began);
  hear(0, middle, began + 2000 + 500 + 80); // it kept it for half a second
  hear(0, 1, began + 3000); // nobody has sent a report with this time

  const { roundTripMs, user, bot } = quality.stats();
  assert.ok(Math.abs(roundTripMs! - 80) < 1, `${roundTripMs}`);
  assert.ok(Math.abs(user!.lossRatio - 0.09) < 0.02, `${user!.lossRatio}`);
  assert.ok(user!.jitterMs < 1);
  assert.ok(Math.abs(bot!.lossRatio - 0.02) < 0.001, `${bot!.lossRatio}`);
  assert.ok(Math.abs(bot!.jitterMs - 10) < 0.1);
  assert.ok(user!.mos < bot!.mos && bot!.mos < 4.4, `${user!.mos} ${bot!.mos}`);
});

Deno.test("what is only late is lost in no sum, and nothing is known of a call without reports", () => {
  const quality = createQuality();

  quality.heard({ expected: 10, lost: 3, jitterMs: 0 });
  quality.heard({ expected: 10, lost: -3, jitterMs: 0 });

  assert.equal(quality.stats().user?.lossRatio, 0);
  assert.deepEqual(Object.values(createQuality().stats()), [undefined, undefined, undefined]);
});

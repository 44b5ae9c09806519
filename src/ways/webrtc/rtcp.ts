/**
 * Reports about the audio of a call (RTCP): what was sent, and how well the other side's arrives.
 *
 * The client needs them: Chromium adds error correction to its audio when it learns of losses.
 *
 * @module
 */
import type * as Werift from "werift";
import type { ReceptionReport, RtcpReport } from "./guard/rtcp_compound.ts";
import type { RtpPacket } from "./guard/rtp_packet.ts";
import { createQuality, type Quality } from "./quality.ts";

/** Counts what a report is about. */
export interface Reporter {
  /** Notes a packet that was sent at `now`, in ms. */
  sent(timestamp: number, bytes: number, now: number): void;
  /** Notes a packet that arrived; those of another `stream` are counted from the beginning. */
  received(packet: RtpPacket, stream: number, now: number): void;
  /** Notes a report of the other side. */
  heard(report: RtcpReport, now: number): void;
  /** The report to send now. */
  report(now: number): Werift.RtcpPacket;
}

/** Units of the middle 32 bits of an NTP timestamp in a millisecond. */
const NTP_UNITS_PER_MS = 65.536;
/** No round trip is as long as this, in ms. */
const LONGEST_TRIP_MS = 10_000;
/** From 1900, where NTP begins, to 1970, in seconds. */
const NTP_EPOCH_SECONDS = 2_208_988_800;

/** What arrives from one source, as of RFC 3550 appendix A. */
interface Reception {
  readonly stream: number;
  readonly source: number;
  readonly first: number;
  /** The highest sequence number, with its turns counted in the upper bits. */
  highest: number;
  received: number;
  jitter: number;
  transit: number | undefined;
  expectedBefore: number;
  receivedBefore: number;
}

/**
 * Makes a reporter.
 *
 * @param own The SSRC that we send with.
 * @param clockRate Of the RTP timestamps in both directions, in Hz. Default: 48000.
 * @param quality Where the call is summed up. Default: nowhere.
 */
export function createReporter(
  werift: typeof Werift,
  own: number,
  clockRate = 48_000,
  quality: Quality = createQuality(),
): Reporter {
  const unitsPerMs = clockRate / 1000;
  let packets = 0;
  /** How many packets had been sent at the client's last report. */
  let packetsBefore = 0;
  let bytes = 0;
  let latest: { timestamp: number; at: number } | undefined;
  let reception: Reception | undefined;
  let senderReport: { source: number; middle: number; at: number } | undefined;

  const receiverInfo = (now: number): Werift.RtcpReceiverInfo[] => {
    if (!reception) return [];
    const { source, highest, first, received, jitter } = reception;
    const expected = highest - first + 1;
    const newlyExpected = expected - reception.expectedBefore;
    const missing = newlyExpected - (received - reception.receivedBefore);
    const newlyLost = Math.max(0, missing);
    quality.heard({ expected: newlyExpected, lost: missing, jitterMs: jitter / unitsPerMs });
    reception.expectedBefore = expected;
    reception.receivedBefore = received;
    const report = senderReport?.source === source ? senderReport : undefined;
    return [
      new werift.RtcpReceiverInfo({
        ssrc: source,
        fractionLost: newlyExpected > 0 ? Math.min(255, (newlyLost * 256 / newlyExpected) | 0) : 0,
        packetsLost: Math.max(0, expected - received),
        highestSequence: highest >>> 0,
        jitter: Math.round(jitter),
        lsr: report?.middle ?? 0,
        dlsr: report ? Math.round((now - report.at) * NTP_UNITS_PER_MS) : 0,
      }),
    ];
  };

  /** Notes what the client reports about our packets. */
  const judge = ({ lost, jitter, lastReport, sinceReport }: ReceptionReport, now: number) => {
    const expected = packets - packetsBefore;
    packetsBefore = packets;
    quality.played({ expected, lost: lost * expected, jitterMs: jitter / unitsPerMs });
    if (lastReport === 0) return;
    const middle = Number((ntp(performance.timeOrigin + now) >> 16n) & 0xffff_ffffn);
    const tripMs = ((middle - lastReport - sinceReport) | 0) / NTP_UNITS_PER_MS;
    // Clients round, and any of them may write anything.
    if (tripMs > -1 && tripMs < LONGEST_TRIP_MS) quality.roundTrip(Math.max(0, tripMs));
  };

  return {
    sent(timestamp, size, now) {
      packets++;
      bytes += size;
      latest = { timestamp, at: now };
    },
    received({ source, sequence, timestamp }, stream, now) {
      if (reception?.stream !== stream) {
        reception = {
          stream,
          source,
          first: sequence,
          highest: sequence,
          received: 0,
          jitter: 0,
          transit: undefined,
          expectedBefore: 0,
          receivedBefore: 0,
        };
      }
      const ahead = ((sequence - reception.highest) << 16) >> 16;
      if (ahead > 0) reception.highest += ahead;
      reception.received++;
      const transit = (Math.round(now * unitsPerMs) - timestamp) | 0;
      if (reception.transit !== undefined) {
        const change = Math.abs((transit - reception.transit) | 0);
        reception.jitter += (change - reception.jitter) / 16;
      }
      reception.transit = transit;
    },
    heard(report, now) {
      if (report.type !== "sender" && report.type !== "receiver") return;
      const ours = report.receptions.find(({ source }) => source === own);
      if (ours) judge(ours, now);
      if (report.type !== "sender") return;
      senderReport = { source: report.source, middle: report.ntpMiddle, at: now };
    },
    report(now) {
      const reports = receiverInfo(now);
      if (!latest) return new werift.RtcpRrPacket({ ssrc: own, reports });
      const { timestamp, at } = latest;
      const senderInfo = new werift.RtcpSenderInfo({
        ntpTimestamp: ntp(performance.timeOrigin + now),
        rtpTimestamp: (timestamp + Math.round((now - at) * unitsPerMs)) >>> 0,
        packetCount: packets >>> 0,
        octetCount: bytes >>> 0,
      });
      return new werift.RtcpSrPacket({ ssrc: own, senderInfo, reports });
    },
  };
}

/** Milliseconds since 1970 as an NTP timestamp. */
function ntp(ms: number): bigint {
  const seconds = Math.floor(ms / 1000);
  const fraction = Math.floor((ms / 1000 - seconds) * 2 ** 32);
  return (BigInt(seconds + NTP_EPOCH_SECONDS) << 32n) | BigInt(fraction);
}

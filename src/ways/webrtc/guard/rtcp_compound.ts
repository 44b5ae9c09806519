/**
 * Reads RTCP packets (RFC 3550 section 6), which anybody may have made.
 *
 * @module
 */

/** What a receiver reports about one of the streams that it hears. */
export interface ReceptionReport {
  /** The SSRC that it is about. */
  readonly source: number;
  /** Share of the packets that were lost since the report before, 0 to 1. */
  readonly lost: number;
  /** How irregularly they arrive, in units of the stream's clock. */
  readonly jitter: number;
  /** The middle 32 bits of the NTP timestamp of the latest sender report about it; 0 before one. */
  readonly lastReport: number;
  /** How long ago that came, in 1/65536 s. */
  readonly sinceReport: number;
}

/** A report of the other side, or its request. */
export type RtcpReport =
  | {
    readonly type: "sender";
    readonly source: number;
    /** The middle 32 of the 64 bits of the NTP timestamp. */
    readonly ntpMiddle: number;
    readonly receptions: readonly ReceptionReport[];
  }
  | {
    readonly type: "receiver";
    readonly source: number;
    readonly receptions: readonly ReceptionReport[];
  }
  /** A key frame of a source of ours (RFC 4585 section 6.3.1, RFC 5104 section 4.3.1). */
  | { readonly type: "pictureLoss"; readonly source: number }
  /** Packets of a source of ours again (RFC 4585 section 6.2.1), by their sequence numbers. */
  | { readonly type: "nack"; readonly source: number; readonly missing: readonly number[] };

const HEADER_BYTES = 4;
const SOURCE_BYTES = 4;
const SENDER_BYTES = 20;
const RECEPTION_BYTES = 24;
const VERSION = 2;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
const GENERIC_NACK = 1;
const PICTURE_LOSS = 1;
const FULL_INTRA_REQUEST = 4;
/** The SSRC of who asks, and that of the stream that it asks about. */
const FEEDBACK_BYTES = HEADER_BYTES + 2 * SOURCE_BYTES;
/** An entry has a number and a mask of those after it; a client that asks for more gets a key frame. */
const NACK_BYTES = 4;
const MASK_BITS = 16;
const MOST_NACKS = 64;
const INTRA_BYTES = 8;
const MOST_INTRA = 8;

/**
 * Reads the reports of a compound packet, and checks all of it as appendix A.2 does. Packets of
 * other kinds are only measured, except the requests of video receivers. The first one may be of
 * any kind (RFC 5506).
 *
 * @returns Undefined if the lengths do not add up, or a report is longer than its packet.
 */
export function readRtcp(bytes: Uint8Array): RtcpReport[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const reports: RtcpReport[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + HEADER_BYTES > bytes.length) return;
    const first = view.getUint8(at);
    const type = view.getUint8(at + 1);
    const end = at + HEADER_BYTES + view.getUint16(at + 2) * 4;
    if (first >> 6 !== VERSION || end > bytes.length) return;
    let contentEnd = end;
    if (first & 0x20) {
      // Only the last one may be padded, in whole words.
      const count = view.getUint8(end - 1);
      contentEnd -= count;
      if (end !== bytes.length || count === 0 || count % 4 || contentEnd < at + HEADER_BYTES) {
        return;
      }
    }
    if (type === SENDER_REPORT || type === RECEIVER_REPORT) {
      const content = new DataView(view.buffer, view.byteOffset + at, contentEnd - at);
      const report = readReport(content, type, first & 0x1f);
      if (!report) return;
      reports.push(report);
    } else if (type === TRANSPORT_FEEDBACK || type === PAYLOAD_FEEDBACK) {
      const content = new DataView(view.buffer, view.byteOffset + at, contentEnd - at);
      reports.push(...readFeedback(content, type, first & 0x1f));
    }
    at = end;
  }
  return bytes.length === 0 ? undefined : reports;
}

function readReport(view: DataView, type: number, count: number): RtcpReport | undefined {
  const start = HEADER_BYTES + SOURCE_BYTES + (type === SENDER_REPORT ? SENDER_BYTES : 0);
  if (start + count * RECEPTION_BYTES > view.byteLength) return;
  const receptions = Array.from({ length: count }, (_, index): ReceptionReport => {
    const at = start + index * RECEPTION_BYTES;
    return {
      source: view.getUint32(at),
      lost: view.getUint8(at + 4) / 256,
      jitter: view.getUint32(at + 12),
      lastReport: view.getUint32(at + 16),
      sinceReport: view.getUint32(at + 20),
    };
  });
  const source = view.getUint32(HEADER_BYTES);
  if (type === RECEIVER_REPORT) return { type: "receiver", source, receptions };
  return { type: "sender", source, ntpMiddle: view.getUint32(10), receptions };
}

/** What a packet of feedback asks for; nothing for kinds that are not known. */
function readFeedback(view: DataView, type: number, format: number): RtcpReport[] {
  if (view.byteLength < FEEDBACK_BYTES) return [];
  const source = view.getUint32(HEADER_BYTES + SOURCE_BYTES);
  if (type === TRANSPORT_FEEDBACK) {
    return format === GENERIC_NACK ? [{ type: "nack", source, missing: readNack(view) }] : [];
  }
  if (format === PICTURE_LOSS) return [{ type: "pictureLoss", source }];
  if (format !== FULL_INTRA_REQUEST) return [];
  const reports: RtcpReport[] = [];
  for (let at = FEEDBACK_BYTES; at + INTRA_BYTES <= view.byteLength; at += INTRA_BYTES) {
    if (reports.length < MOST_INTRA) {
      reports.push({ type: "pictureLoss", source: view.getUint32(at) });
    }
  }
  return reports;
}

function readNack(view: DataView): number[] {
  const missing: number[] = [];
  const end = Math.min(view.byteLength, FEEDBACK_BYTES + MOST_NACKS * NACK_BYTES);
  for (let at = FEEDBACK_BYTES; at + NACK_BYTES <= end; at += NACK_BYTES) {
    const [first, mask] = [view.getUint16(at), view.getUint16(at + 2)];
    missing.push(first);
    for (let bit = 0; bit < MASK_BITS; bit++) {
      if (mask >> bit & 1) missing.push((first + bit + 1) & 0xffff);
    }
  }
  return missing;
}

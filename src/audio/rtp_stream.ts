/**
 * Decides which packets belong to the stream that is heard, by the rules of RFC 3550 appendix A.1.
 *
 * @module
 */

/** What the rules look at. */
export interface StreamPacket {
  /** The SSRC. */
  readonly source: number;
  /** The RTP sequence number, 16 bits. */
  readonly sequence: number;
}

/** Follows one stream after another. */
export interface StreamFollower<T extends StreamPacket> {
  /** Accepts a packet that arrived at `now`, in ms. */
  push(packet: T, now: number): void;
}

/** A larger gap is a new beginning. */
const MAX_DROPOUT = 3000;
/** An older packet than this is a new beginning, not late. */
const MAX_MISORDER = 100;
/** How many consecutive packets prove that a sender has restarted. */
const RESTART_PACKETS = 2;
/** How many prove that another source has taken over, and is not only heard alongside the first. */
const TAKEOVER_PACKETS = 3;
/** How many prove that a sender has gone back a little. Late packets may be consecutive, too. */
const REWIND_PACKETS = 10;
/** A source that has been silent for this long gives way at once, in ms. */
const SILENT_MS = 200;

/**
 * Makes a follower.
 *
 * @param deliver Receives the packets of the stream, in order of arrival. `stream` changes whenever
 * the sequence numbers are unrelated to the previous ones.
 */
export function createStreamFollower<T extends StreamPacket>(
  deliver: (packet: T, stream: number) => void,
): StreamFollower<T> {
  let stream = 0;
  let source: number | undefined;
  let highest = 0;
  let heardAt = 0;
  /** Consecutive packets that would be a new beginning. */
  let pending: T[] = [];
  /** How many consecutive packets were late, and the last of them. */
  let late = { count: 0, sequence: 0 };

  const begin = (packets: readonly T[], now: number) => {
    stream++;
    pending = [];
    late = { count: 0, sequence: 0 };
    for (const packet of packets) {
      ({ source, sequence: highest } = packet);
      heardAt = now;
      deliver(packet, stream);
    }
  };
  /** Holds a packet until enough consecutive ones have come. */
  const prove = (packet: T, needed: number, now: number) => {
    const before = pending.at(-1);
    const follows = before?.source === packet.source &&
      packet.sequence === ((before.sequence + 1) & 0xffff);
    pending = follows ? [...pending, packet] : [packet];
    if (pending.length >= needed) begin(pending, now);
  };

  return {
    push(packet, now) {
      if (packet.source !== source) {
        const needed = source === undefined || now - heardAt > SILENT_MS ? 1 : TAKEOVER_PACKETS;
        return prove(packet, needed, now);
      }
      const ahead = ((packet.sequence - highest) << 16) >> 16;
      if (ahead >= MAX_DROPOUT || ahead <= -MAX_MISORDER) {
        return prove(packet, RESTART_PACKETS, now);
      }
      if (ahead > 0) {
        highest = packet.sequence;
        late.count = 0;
      } else {
        const follows = packet.sequence === ((late.sequence + 1) & 0xffff);
        late = { count: follows ? late.count + 1 : 1, sequence: packet.sequence };
        if (late.count >= REWIND_PACKETS) return begin([packet], now);
      }
      pending.length = 0;
      heardAt = now;
      deliver(packet, stream);
    },
  };
}

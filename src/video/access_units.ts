/**
 * Combines the packets of a video stream into access units: what a codec makes of one picture.
 *
 * @module
 */
import { concat } from "../core/bytes.ts";
import type { VideoCodec } from "../core/video.ts";
import { VIDEO_PAYLOADS } from "./codec.ts";

/** What is looked at in an RTP packet. */
export interface VideoPacket {
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits, of 90 kHz. */
  readonly timestamp: number;
  /** Whether it is the last one of its access unit. */
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

/** An access unit whose packets are all there. */
export interface AccessUnit {
  readonly data: Uint8Array<ArrayBuffer>;
  /** Whether decoding can begin with it. */
  readonly key: boolean;
  /** The RTP timestamp. */
  readonly timestamp: number;
  /** The sequence number of its first packet. */
  readonly first: number;
  /** That of its last one. */
  readonly last: number;
  /** When the first of its packets arrived, in ms. */
  readonly began: number;
}

/** Collects packets. What it holds is bounded in units, packets and bytes. */
export interface AccessUnits {
  /**
   * Takes a packet that arrived at `now`, in ms; returns the unit that it completes. A repeated
   * packet counts once.
   */
  push(packet: VideoPacket, now: number): AccessUnit | undefined;
  /** Forgets what is not complete. */
  clear(): void;
}

/** Units that wait for packets at one time: half a second of video. */
const MOST_UNITS = 16;
/** One picture of a screen, with room; packets may be small, so they are counted, too. */
const MOST_BYTES = 1 << 20;
const MOST_PACKETS = 2048;
/** How many markers to remember: what follows one begins a unit. */
const MOST_MARKERS = 32;

interface Pending {
  readonly began: number;
  readonly packets: Map<number, Uint8Array>;
  bytes: number;
  /** The lowest sequence number. */
  first: number;
  /** That of the packet with the marker. */
  last: number | undefined;
}

/** Makes a collector for one stream. */
export function createAccessUnits(codec: VideoCodec): AccessUnits {
  const { starts, join } = VIDEO_PAYLOADS[codec];
  const units = new Map<number, Pending>();
  /** Sequence numbers with which units begin, the latest last. */
  const beginnings = new Set<number>();
  let bytes = 0;
  let packets = 0;

  const begins = (sequence: number) => {
    beginnings.add(sequence & 0xffff);
    if (beginnings.size <= MOST_MARKERS) return;
    const [oldest = 0] = beginnings;
    beginnings.delete(oldest);
  };
  const remove = (timestamp: number, unit: Pending) => {
    units.delete(timestamp);
    bytes -= unit.bytes;
    packets -= unit.packets.size;
  };
  const makeRoom = () => {
    for (const [timestamp, oldest] of units) {
      if (units.size <= MOST_UNITS && bytes <= MOST_BYTES && packets <= MOST_PACKETS) return;
      remove(timestamp, oldest);
    }
  };
  const add = (
    { sequence, timestamp, marker, payload }: VideoPacket,
    began: number,
  ): Pending | undefined => {
    let unit = units.get(timestamp);
    if (!unit) {
      unit = { began, packets: new Map(), bytes: 0, first: sequence, last: undefined };
      units.set(timestamp, unit);
    }
    if (unit.packets.has(sequence)) return;
    unit.packets.set(sequence, payload);
    unit.bytes += payload.length;
    bytes += payload.length;
    packets++;
    if (distance(unit.first, sequence) < 0) unit.first = sequence;
    if (marker) unit.last = sequence;
    return unit;
  };
  const complete = (timestamp: number, unit: Pending): AccessUnit | undefined => {
    const { first, last } = unit;
    if (last === undefined || unit.packets.size !== distance(first, last) + 1) return;
    const head = unit.packets.get(first);
    if (!head || !(beginnings.has(first) || starts(head))) return;
    const payloads = Array.from(
      { length: unit.packets.size },
      (_, index) => unit.packets.get((first + index) & 0xffff),
    );
    remove(timestamp, unit);
    const joined = join(payloads.filter((payload) => payload !== undefined));
    if (!joined) return;
    const { began } = unit;
    return { data: concat(...joined.parts), key: joined.key, timestamp, first, last, began };
  };

  return {
    push(packet, now) {
      const { sequence, timestamp, marker, payload } = packet;
      if (payload.length === 0) {
        // Padding between units, to probe the network.
        if (beginnings.has(sequence)) begins(sequence + 1);
        return;
      }
      const unit = add(packet, now);
      if (!unit) return;
      if (marker) begins(sequence + 1);
      const done = complete(timestamp, unit);
      if (done) return done;
      makeRoom();
      // What this packet was the end of may have waited to know where it begins.
      if (!marker) return;
      for (const [later, waiting] of units) {
        if (waiting.first === ((sequence + 1) & 0xffff)) return complete(later, waiting);
      }
    },
    clear() {
      units.clear();
      bytes = 0;
      packets = 0;
    },
  };
}

/** How far a sequence number is behind another, over the turn. */
function distance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

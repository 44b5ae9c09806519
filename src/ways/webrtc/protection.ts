/**
 * How well our audio is protected against losses, by the client's reports.
 *
 * @module
 */
import { type Block, writeRedundant } from "../../audio/redundancy.ts";
import type { ReceptionReport } from "./guard/rtcp_compound.ts";

/** Protects one stream. */
export interface Protection {
  /** The losses that the encoder should expect, in percent. */
  readonly expectedLossPercent: number;
  /** Notes a report of the client about the stream. */
  note(report: Pick<ReceptionReport, "lost" | "jitter">, clockRate: number): void;
  /** The packet to send instead of a block: if needed, with copies of those before. */
  protect(block: Block, redundancy: number | undefined): Pick<Block, "payloadType" | "payload">;
}

/** Losses fall within seconds, so that a burst of them is not forgotten with the next report. */
const FORGET = 0.25;
/** From these losses on each packet carries one copy, or two. */
const ONE_COPY = 0.02;
const TWO_COPIES = 0.08;
/** Packets that come so irregularly are replaced by copies that come sooner, in ms. */
const JITTER_MS = 25;
/** What the encoder is told at least: a low-quality copy in each packet costs little. */
const LEAST_PERCENT = 10;
const MOST_PERCENT = 30;
/** Packets of silence suppression are not worth a copy, in bytes. */
const SHORTEST = 3;

/** Makes the protection of a stream about which nothing has been reported. */
export function createProtection(): Protection {
  let lost = 0;
  let jitterMs = 0;
  let hasRedundancy = false;
  /** The latest two blocks, the older one first. */
  let [older, newer]: (Block | undefined)[] = [];
  return {
    get expectedLossPercent() {
      // Copies are better than what the encoder could put into its packets.
      if (hasRedundancy) return LEAST_PERCENT;
      return Math.round(Math.min(MOST_PERCENT, Math.max(LEAST_PERCENT, lost * 100)));
    },
    note(report, clockRate) {
      lost = Math.max(report.lost, lost + (report.lost - lost) * FORGET);
      jitterMs = report.jitter * 1000 / clockRate;
    },
    protect(block, redundancy) {
      hasRedundancy = redundancy !== undefined;
      const copies = lost >= TWO_COPIES ? 2 : lost >= ONE_COPY || jitterMs >= JITTER_MS ? 1 : 0;
      const carried = copies === 2 ? [older, newer] : [newer];
      const isWorthACopy = block.payload.length >= SHORTEST;
      older = isWorthACopy ? newer : undefined;
      newer = isWorthACopy ? block : undefined;
      if (redundancy === undefined || copies === 0) return block;
      const blocks = carried.filter((each) => each !== undefined);
      return { payloadType: redundancy, payload: writeRedundant(block, blocks) };
    },
  };
}

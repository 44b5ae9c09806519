/**
 * Puts a carrier's media back in order, if it may arrive out of order.
 *
 * Media that arrives in order leaves at once. A gap is held open for a short while, then given up.
 *
 * @module
 */
import type { Ticker } from "../../audio/ticker.ts";
import type { AudioFaults } from "../../core/audio_faults.ts";
import type { Clock } from "../../core/clock.ts";

/** How long a missing message is waited for, in ms. */
const HOLD_MS = 80;
/** A larger jump is a new beginning and not a loss. */
const LARGEST_JUMP = 50;
/**
 * Chunks are counted from 1. A stream whose first message is at most this may begin out of order.
 */
const FIRST_CHUNK = 1;
const EARLY_CHUNK = 5;

/** What a {@link Reorder} is made of. */
export interface ReorderOptions<T> {
  /** Takes an item, in order. */
  readonly deliver: (item: T) => void;
  /** Where lost and late audio is counted. */
  readonly faults: AudioFaults;
  readonly clock: Clock;
  readonly ticker: Ticker;
}

/** A window in which messages find their order. */
export interface Reorder<T> {
  /** Takes a message; one that is repeated or too late is dropped. */
  push(chunk: number, item: T): void;
  /** Delivers everything held, despite gaps. */
  flush(): void;
}

/** Makes an empty window; its timer runs only while it holds something. */
export function createReorder<T>(
  { deliver, faults, clock, ticker }: ReorderOptions<T>,
): Reorder<T> {
  const held = new Map<number, { readonly item: T; readonly since: number }>();
  let expected: number | undefined;
  let stopTicking: (() => void) | undefined;

  const release = () => {
    const now = clock.now();
    while (held.size > 0) {
      const next = held.get(expected!); // something is held, so something was expected
      if (next) {
        held.delete(expected!++);
        deliver(next.item);
        continue;
      }
      // The one held longest came first.
      const [oldest] = held.values();
      if (now - oldest!.since < HOLD_MS) break;
      const first = Math.min(...held.keys());
      faults.lost += first - expected!;
      expected = first;
    }
    if (held.size > 0) stopTicking ??= ticker.add(release);
    else {
      stopTicking?.();
      stopTicking = undefined;
    }
  };

  const flush = () => {
    for (const chunk of [...held.keys()].sort((a, b) => a - b)) deliver(held.get(chunk)!.item);
    held.clear();
    release();
  };

  return {
    push(chunk, item) {
      if (expected === undefined || Math.abs(chunk - expected) > LARGEST_JUMP) {
        flush();
        expected = chunk > EARLY_CHUNK ? chunk : Math.min(chunk, FIRST_CHUNK);
      }
      if (chunk === expected && held.size === 0) {
        expected++;
        deliver(item);
        return;
      }
      if (chunk < expected) {
        faults.late++;
        return;
      }
      if (held.has(chunk)) return;
      held.set(chunk, { item, since: clock.now() });
      release();
    },
    flush,
  };
}

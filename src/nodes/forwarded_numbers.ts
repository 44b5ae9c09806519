/**
 * Remembers which forwarded requests were accepted, so that none is accepted twice.
 *
 * Every forwarding process numbers what it sends, and for each only a window of its latest numbers
 * is kept. So there is always room for the next one, however often a client makes others forward.
 *
 * @module
 */
import { createReplayWindow, type ReplayWindow } from "../core/replay_window.ts";
import { AgedMap } from "../sessions/aged_map.ts";
import { FORWARDED_WINDOW_MS } from "./forwarding.ts";

/**
 * How many numbers may overtake one on its way: two seconds of everything that one process
 * forwards.
 */
const WINDOW = 8192;
/** The most senders; numbers of another one are refused until one of them falls silent. */
const MOST_SENDERS = 1000;
/**
 * A sender that is silent for this long has sent nothing that is still valid, even ahead of its
 * time, in ms.
 */
const SILENT_MS = 2 * FORWARDED_WINDOW_MS;

/** Numbers that are valid once. */
export interface ForwardedNumbers {
  /** Uses a sender's number up; false if it was used before, or may have been. */
  take(sender: string, number: number): boolean;
}

/** What one sender has used up. */
interface Used {
  readonly window: ReplayWindow;
  readonly at: number;
}

/**
 * Makes an empty memory.
 *
 * @param now The clock, in ms.
 */
export function createForwardedNumbers(now = () => performance.now()): ForwardedNumbers {
  const senders = new AgedMap<Used>();
  return {
    take(sender, number) {
      for (let { oldest } = senders; oldest; { oldest } = senders) {
        if (now() - oldest.value.at < SILENT_MS) break;
        senders.delete(oldest.key);
      }
      const known = senders.get(sender)?.window;
      if (!known && senders.size >= MOST_SENDERS) return false;
      const window = known ?? createReplayWindow({ size: WINDOW });
      if (!window.admits(number, 0)) return false;
      window.accept(number, 0);
      senders.set(sender, { window, at: now() });
      return true;
    },
  };
}

/**
 * Which of the requests that others have forwarded were taken, so that none is taken twice.
 *
 * Whoever forwards numbers what it sends, and of each only a window of its latest numbers is kept. So
 * there is room for the next one at any rate: a client chooses how often it makes others forward.
 *
 * @module
 */
import { createReplayWindow, type ReplayWindow } from "../core/replay_window.ts";
import { AgedMap } from "../sessions/aged_map.ts";
import { FORWARDED_WINDOW_MS } from "./forwarding.ts";

/** How many numbers may overtake one on its way: two seconds of all that one process forwards. */
const WINDOW = 8192;
/** The most who forward; no number of another one is taken until one of them falls silent. */
const MOST_SENDERS = 1000;
/** One that is silent for so long has sent nothing that is still fresh, even ahead of its time, in ms. */
const SILENT_MS = 2 * FORWARDED_WINDOW_MS;

/** Numbers that are good once. */
export interface ForwardedNumbers {
  /** Uses a number of a sender up; false when it was used before, or may have been. */
  take(sender: string, number: number): boolean;
}

/** What one sender has used up. */
interface Used {
  readonly window: ReplayWindow;
  readonly at: number;
}

/**
 * Remembers no numbers yet.
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

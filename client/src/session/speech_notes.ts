import { userBegan } from "./conversation.ts";
import type { DoingFinder } from "./doing.ts";
import type { CallLog } from "./log.ts";
import type { Settings } from "./settings.ts";
import type { Store } from "./store.ts";
import { createTurnFinder, type Side } from "./turns.ts";
import type { SessionView } from "./view.ts";

/** What is noted, and where. */
export interface SpeechNotesOptions {
  readonly store: Store<SessionView>;
  readonly log: CallLog;
  readonly doing: DoingFinder;
  /** Those of the call. */
  readonly settings: Settings;
}

const MAX_SPEECHES = 1000;

/** Notes who speaks when, of the loudness of one side after the other, and how long answers take. */
export function createSpeechNotes(
  { store, log, doing, settings }: SpeechNotesOptions,
): (side: Side, loudness: number, at: number) => void {
  const { get, patch } = store;
  const finder = createTurnFinder();
  return (side, loudness, at) => {
    const { began, ended, turn } = finder.push(side, loudness, at) ?? {};
    if (began) {
      patch({ speeches: [...get().speeches, began].slice(-MAX_SPEECHES) });
      doing.heard(began.side, true, began.from);
      if (began.side === "user") {
        patch({ conversation: userBegan(get().conversation, began.from) });
      }
    }
    if (ended) {
      doing.heard(ended.side, false, ended.to);
      const same = (other: { side: Side; from: number }): boolean =>
        other.side === ended.side && other.from === ended.from;
      patch({ speeches: get().speeches.map((other) => same(other) ? ended : other) });
      if (settings.transport === "phone") {
        const seconds = ((ended.to - ended.from) / 1000).toFixed(1);
        log.line(`spoke for ${seconds} s`, ended.side);
      }
    }
    if (turn) patch({ turns: [...get().turns, turn] });
  };
}

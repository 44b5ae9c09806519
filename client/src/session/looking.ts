import { type Cursor, NO_CURSOR } from "./cursor.ts";
import type { CallRecord } from "./record.ts";
import { createStore, type Store } from "./store.ts";

/** Another call than the last one. */
export interface Shown {
  readonly record: CallRecord | undefined;
  /** What was looked at before it. */
  readonly before?: CallRecord | undefined;
  /** Two calls side by side, the earlier one first. */
  readonly compared?: readonly [CallRecord, CallRecord] | undefined;
}

/** Which calls are looked at, and which moment of them. */
export interface Looking {
  /** The call to look at, where that is not the last one. */
  readonly shown: Store<Shown>;
  /** Where the replay is. */
  readonly cursor: Store<Cursor>;
  /** Looks at a call, also where it is not the last one any more; at the last one for none. */
  lookAt(record: CallRecord | undefined): void;
  /** Looks at the first two of some calls side by side; no longer for none. */
  compare(calls?: readonly CallRecord[]): void;
  /** Goes to a moment of a call that is over, in ms since it began. */
  seek(at: number): void;
}

/**
 * Looks at the last call.
 *
 * @param last Returns it; absent before the first.
 */
export function createLooking(last: () => CallRecord | undefined): Looking {
  const shown = createStore<Shown>({ record: undefined });
  const cursor = createStore<Cursor>(NO_CURSOR);
  return {
    shown,
    cursor,
    lookAt(record) {
      const before = [shown.get().record, last()].find((one) => one && one !== record);
      cursor.patch({ ...NO_CURSOR, asked: cursor.get().asked });
      shown.patch({ record, before: record && before });
    },
    compare(calls = []) {
      const [one, other] = calls.toSorted((a, b) => timeOf(a) - timeOf(b));
      shown.patch({ compared: one && other && [one, other] });
    },
    seek(at) {
      const seen = (shown.get().record ?? last())?.get();
      if (seen?.endedAt === undefined) return; // a call that goes on cannot be heard again yet
      cursor.patch({ at: Math.max(0, Math.min(seen.endedAt, at)), asked: cursor.get().asked + 1 });
    },
  };
}

function timeOf(record: CallRecord): number {
  return record.get().startedAt?.getTime() ?? 0;
}

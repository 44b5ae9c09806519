/**
 * What is due when, on a clock that the host does not move.
 *
 * @module
 */

/** Callbacks in order of time, which moves only when told. */
export interface Agenda {
  /** In ms. */
  now(): number;
  /** Calls back after a delay in ms, unless the returned function is called before. */
  add(callback: () => void, delayMs: number): () => void;
  /** When the next callback is due. */
  next(): number | undefined;
  /** Moves the time to the next callback and calls it. */
  runNext(): void;
  /** Moves the time, past no callback. */
  moveTo(time: number): void;
}

/** Makes an empty agenda, at the time 0. */
export function createAgenda(): Agenda {
  const entries: { readonly at: number; readonly callback: () => void }[] = [];
  let time = 0;
  return {
    now: () => time,
    add(callback, delayMs) {
      const entry = { at: time + Math.max(0, delayMs), callback };
      const place = entries.findIndex(({ at }) => at > entry.at);
      entries.splice(place < 0 ? entries.length : place, 0, entry);
      return () => {
        const index = entries.indexOf(entry);
        if (index >= 0) entries.splice(index, 1);
      };
    },
    next: () => entries[0]?.at,
    runNext() {
      const entry = entries.shift();
      if (!entry) return;
      time = entry.at;
      entry.callback();
    },
    moveTo(to) {
      time = to;
    },
  };
}

/**
 * Keeps a part of Redis' memory for phone calls.
 *
 * @module
 */
import { type RunCommand, textOf } from "./client.ts";

/** How long what Redis has said of its memory is believed, in ms. */
const FRESH_MS = 1000;
/** What all but phone calls may fill of the memory that Redis allows itself. */
const SHARE_OF_OTHERS = 0.8;

/**
 * Tells whether there is room for what is no phone call: whoever floods `POST /start` fills four fifths of
 * `maxmemory`, and keeps no caller out. Redis is asked once a second at most; one that has no limit, or
 * does not tell, has room until it says itself that it is full.
 *
 * @param now The clock, in ms.
 */
export function roomForOthers(run: RunCommand, now: () => number): () => Promise<boolean> {
  let known: { readonly room: boolean; readonly at: number } | undefined;
  let asking: Promise<boolean> | undefined;
  const ask = async () => {
    const info = textOf(await run("INFO", "memory").catch(() => undefined)) ?? "";
    const [used = 0, most = 0] = ["used_memory", "maxmemory"].map((name) =>
      Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? 0)
    );
    const room = most === 0 || used < most * SHARE_OF_OTHERS;
    known = { room, at: now() };
    asking = undefined;
    return room;
  };
  return () => {
    if (known && now() - known.at < FRESH_MS) return Promise.resolve(known.room);
    return asking ??= ask();
  };
}

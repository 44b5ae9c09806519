/**
 * Reserves a part of Redis' memory for phone calls.
 *
 * @module
 */
import { type RunCommand, textOf } from "./client.ts";

/** How long a reading of Redis' memory is used, in ms. */
const FRESH_MS = 1000;
/** The share of Redis' memory limit that everything except phone calls may fill. */
const SHARE_OF_OTHERS = 0.8;

/**
 * Tells whether there is room for something other than a phone call: a flood of `POST /start` fills
 * four fifths of `maxmemory` and keeps no caller out. Redis is asked at most once a second. A Redis
 * without a limit, or that does not say, has room until it reports itself full.
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

import type { LoggedMessage, Moment } from "../session/happenings.ts";
import { firstAt } from "../session/sorted.ts";

/** One thing on the timeline that can be pointed at. */
export type Tick =
  | {
    readonly kind: "message";
    readonly key: number;
    readonly at: number;
    readonly message: LoggedMessage;
  }
  | { readonly kind: "moment"; readonly key: number; readonly at: number; readonly moment: Moment };

/** What happens within this time belongs together, in ms. */
const SAME_MS = 50;

/** Messages and moments in one row, by time. */
export function ticksOf(
  messages: readonly LoggedMessage[],
  moments: readonly Moment[],
): readonly Tick[] {
  const ticks: Tick[] = [];
  let next = 0;
  for (const message of messages) {
    // Their keys come from one counter, so these are in order where times are equal.
    for (; next < moments.length; next++) {
      const moment = moments[next];
      if (!moment || moment.key > message.key) break;
      ticks.push({ kind: "moment", key: moment.key, at: moment.at, moment });
    }
    ticks.push({ kind: "message", key: message.key, at: message.ms, message });
  }
  for (const moment of moments.slice(next)) {
    ticks.push({ kind: "moment", key: moment.key, at: moment.at, moment });
  }
  return ticks;
}

/** The tick next to a time, no further away than `within`, both in ms. */
export function nearest(
  ticks: readonly Tick[],
  time: number,
  within: number,
  fits: (tick: Tick) => boolean = () => true,
): Tick | undefined {
  let best: Tick | undefined;
  for (let i = firstAt(ticks, time - within, ({ at }) => at); i < ticks.length; i++) {
    const tick = ticks[i];
    if (!tick || tick.at > time + within) break;
    if (fits(tick) && (!best || Math.abs(tick.at - time) < Math.abs(best.at - time))) best = tick;
  }
  return best;
}

/** The message that a tick stands for: of a moment, the one that came with it, if there is one. */
export function messageOf(ticks: readonly Tick[], tick: Tick): LoggedMessage | undefined {
  if (tick.kind === "message") return tick.message;
  const other = nearest(ticks, tick.at, SAME_MS, ({ kind }) => kind === "message");
  return other?.kind === "message" ? other.message : undefined;
}

/** What a tick is, in words. */
export function wordsOn(tick: Tick): { readonly title: string; readonly detail: string } {
  if (tick.kind === "moment") return { title: tick.moment.label, detail: "" };
  const { type, data, direction } = tick.message;
  const text = data === undefined ? "" : JSON.stringify(data) ?? "";
  return { title: `${direction === "in" ? "↓" : "↑"} ${type}`, detail: text.slice(0, 160) };
}

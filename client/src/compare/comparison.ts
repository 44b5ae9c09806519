import { type PartName, PARTS, percentile } from "../session/waterfall.ts";
import { aligned, type Pair } from "./align.ts";
import { type Exchange, type Exchanged, exchangesOf } from "./exchanges.ts";
import { keyWords } from "./words.ts";

/** A figure of both calls, in ms; undefined where a call has none. */
export interface Figure {
  readonly name: string;
  readonly one: number | undefined;
  readonly other: number | undefined;
}

/** Two calls beside each other. */
export interface Comparison {
  readonly pairs: readonly Pair[];
  /** How fast the bot answered: p50, p95 and the slowest. */
  readonly answers: readonly Figure[];
  /** How long each part of an answer took at the median, where both calls tell. */
  readonly parts: readonly Figure[];
  /** What is different, in a few words. */
  readonly verdict: string;
}

/** So much is what two calls of the same bot may differ by, in ms. */
const SAME_MS = 50;

/** Compares two calls. */
export function compared(one: Exchanged, other: Exchanged): Comparison {
  const [ones, others] = [exchangesOf(one), exchangesOf(other)];
  const pairs = aligned(ones, others);
  const figure = (name: string, percent: number): Figure => ({
    name,
    one: percentile(latencies(ones), percent),
    other: percentile(latencies(others), percent),
  });
  const answers = [figure("p50", 50), figure("p95", 95), figure("slowest", 100)];
  const parts = PARTS.filter((name) => name !== "Unknown").map((name): Figure => ({
    name,
    one: percentile(durations(ones, name), 50),
    other: percentile(durations(others, name), 50),
  })).filter(({ one, other }) => one !== undefined && other !== undefined);
  return { pairs, answers, parts, verdict: verdictOf(pairs, answers, parts) };
}

/** How much later the other one was, in ms; undefined where there is nothing to compare. */
export function differenceOf({ one, other }: Omit<Figure, "name">): number | undefined {
  return one === undefined || other === undefined ? undefined : other - one;
}

/** How long a part of an exchange's answer took, in ms; a function may be called twice. */
export function partOf(exchange: Exchange | undefined, name: PartName): number | undefined {
  const parts = exchange?.turn?.parts.filter((part) => part.name === name) ?? [];
  return parts.length === 0 ? undefined : parts.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** A difference as people read it, such as +310 ms. */
export function signed(ms: number): string {
  return `${ms < 0 ? "−" : "+"}${Math.abs(ms)} ms`;
}

/** Whether a difference says anything. */
export function counts(ms: number | undefined): ms is number {
  return ms !== undefined && Math.abs(ms) > SAME_MS;
}

/** Whether the two of a pair say the same; one that stands alone does not. */
export function sameWords({ one, other }: Pair): boolean {
  const key = ({ user, bot, notes }: Exchange): string =>
    JSON.stringify([keyWords(user), keyWords(bot), notes]);
  return one !== undefined && other !== undefined && key(one) === key(other);
}

function latencies(exchanges: readonly Exchange[]): readonly number[] {
  return exchanges.flatMap(({ turn }) => turn ? [turn.latencyMs] : []);
}

function durations(exchanges: readonly Exchange[], name: PartName): readonly number[] {
  return exchanges.flatMap((exchange) => partOf(exchange, name) ?? []);
}

function verdictOf(
  pairs: readonly Pair[],
  [median]: readonly Figure[],
  parts: readonly Figure[],
): string {
  const by = median && differenceOf(median);
  const most =
    parts.toSorted((one, other) =>
      Math.abs(differenceOf(other) ?? 0) - Math.abs(differenceOf(one) ?? 0)
    )[0];
  const ofIt = most && differenceOf(most);
  const why = most && counts(ofIt) && counts(by) && (ofIt > 0) === (by > 0)
    ? `, mostly in ${most.name} (${signed(ofIt)})`
    : "";
  const speed = by === undefined
    ? "There are no answers in both calls to compare."
    : counts(by)
    ? `B's median answer is ${Math.abs(by)} ms ${by > 0 ? "later" : "sooner"}${why}.`
    : "Both have the same median answer time.";
  const changed = pairs.filter((pair) => !sameWords(pair)).length;
  const words = pairs.length === 0
    ? ""
    : changed === 0
    ? " The words are the same in all turns."
    : ` The words differ in ${changed} of ${pairs.length} turns.`;
  return speed + words;
}

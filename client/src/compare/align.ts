import type { Exchange } from "./exchanges.ts";
import { keyWords } from "./words.ts";

/** An exchange of each call that belong together; absent where one call has none such. */
export interface Pair {
  readonly one?: Exchange;
  readonly other?: Exchange;
}

/** What an exchange that stands alone costs; two that say nothing alike cost less than two such. */
const ALONE = -0.1;
/** How alike two are of which at least one says nothing. */
const UNKNOWN = 0.5;

/** Puts the exchanges of two calls side by side, by what the user said in them. */
export function aligned(
  one: readonly Exchange[],
  other: readonly Exchange[],
): readonly Pair[] {
  const width = other.length + 1;
  /** The best sum of what follows from each place, as Needleman and Wunsch have it. */
  const best = new Float64Array((one.length + 1) * width);
  const words = { one: one.map(wordsOf), other: other.map(wordsOf) };
  const likeness = (i: number, j: number): number => {
    if (one[i]?.opening !== other[j]?.opening) return -Infinity;
    return likenessOf(words.one[i]!, words.other[j]!);
  };
  for (let i = one.length; i >= 0; i--) {
    for (let j = other.length; j >= 0; j--) {
      if (i === one.length || j === other.length) {
        best[i * width + j] = (one.length - i + other.length - j) * ALONE;
        continue;
      }
      best[i * width + j] = Math.max(
        likeness(i, j) + best[(i + 1) * width + j + 1]!,
        ALONE + best[(i + 1) * width + j]!,
        ALONE + best[i * width + j + 1]!,
      );
    }
  }

  const pairs: Pair[] = [];
  let i = 0;
  let j = 0;
  while (i < one.length || j < other.length) {
    const here = best[i * width + j]!;
    const both = i < one.length && j < other.length;
    if (both && here === likeness(i, j) + best[(i + 1) * width + j + 1]!) {
      pairs.push({ one: one[i++]!, other: other[j++]! });
    } else if (i < one.length && (!both || here === ALONE + best[(i + 1) * width + j]!)) {
      pairs.push({ one: one[i++]! });
    } else pairs.push({ other: other[j++]! });
  }
  return pairs;
}

function wordsOf({ user }: Exchange): ReadonlySet<string> {
  return new Set(keyWords(user));
}

/** From 0 to 1: how much of the words both have. */
function likenessOf(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size === 0 || other.size === 0) return UNKNOWN;
  return 2 * one.intersection(other).size / (one.size + other.size);
}

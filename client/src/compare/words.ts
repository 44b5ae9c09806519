/** A piece of a text. */
export interface Piece {
  readonly text: string;
  /** Whether the other text has it not. */
  readonly only: boolean;
}

/** More pairs of words than this are not compared one by one. */
const MOST_PAIRS = 1_000_000;

/** Says of two texts which words only one of them has. Case, spaces and punctuation do not count. */
export function wordDifference(
  one: string,
  other: string,
): { readonly one: readonly Piece[]; readonly other: readonly Piece[] } {
  const a = wordsIn(one);
  const b = wordsIn(other);
  const same = (i: number, j: number): boolean => a[i]?.key === b[j]?.key;
  let start = 0;
  while (start < a.length && start < b.length && same(start, start)) start++;
  let end = 0;
  while (
    end < a.length - start && end < b.length - start && same(a.length - 1 - end, b.length - 1 - end)
  ) end++;

  const rows = a.length - start - end;
  const columns = b.length - start - end;
  const onlyA = new Array<boolean>(a.length).fill(false).fill(true, start, start + rows);
  const onlyB = new Array<boolean>(b.length).fill(false).fill(true, start, start + columns);
  if (rows * columns <= MOST_PAIRS) {
    const width = columns + 1;
    /** How long the longest common row of words is from each place. */
    const common = new Uint32Array((rows + 1) * width);
    for (let i = rows - 1; i >= 0; i--) {
      for (let j = columns - 1; j >= 0; j--) {
        common[i * width + j] = same(start + i, start + j)
          ? 1 + common[(i + 1) * width + j + 1]!
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
      }
    }
    let i = 0;
    let j = 0;
    while (i < rows && j < columns) {
      if (same(start + i, start + j)) {
        onlyA[start + i++] = false;
        onlyB[start + j++] = false;
      } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) i++;
      else j++;
    }
  }
  return { one: piecesOf(a, onlyA), other: piecesOf(b, onlyB) };
}

/** The words of a text as they are compared. */
export function keyWords(text: string): readonly string[] {
  return wordsIn(text).map(({ key }) => key).filter((key) => key !== "");
}

interface Word {
  /** With what follows it, up to the next word. */
  readonly text: string;
  readonly key: string;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

function wordsIn(text: string): readonly Word[] {
  const words: { text: string; key: string }[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    const last = words.at(-1);
    if (isWordLike) words.push({ text: segment, key: segment.toLowerCase() });
    else if (last) last.text += segment;
    else words.push({ text: segment, key: "" });
  }
  return words;
}

function piecesOf(words: readonly Word[], only: readonly boolean[]): readonly Piece[] {
  const pieces: { text: string; only: boolean }[] = [];
  words.forEach(({ text }, i) => {
    const last = pieces.at(-1);
    if (last && last.only === only[i]) last.text += text;
    else pieces.push({ text, only: only[i] ?? false });
  });
  return pieces;
}

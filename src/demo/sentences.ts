/**
 * Cuts text into pieces that can be synthesized one at a time.
 *
 * @module
 */

/** Letters in a piece, at most: about five seconds of speech, 50 ms of work for the synthesizer. */
const MOST_LETTERS = 80;

/** Cuts text into sentences, and long ones between words. What cannot be spoken is left out. */
export function toSentences(text: string): string[] {
  const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });
  return [...segmenter.segment(text)]
    .flatMap(({ segment }) => wrap(segment.trim().replace(/\s+/g, " ")))
    .filter((piece) => /[a-z0-9]/i.test(toPlainText(piece)));
}

/** The text in ASCII, the only letters that the synthesizer knows: accents go, quotes become plain. */
export function toPlainText(text: string): string {
  return text.normalize("NFKD")
    .replace(/\p{Mark}/gu, "")
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[–—]/g, ", ")
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim();
}

function wrap(sentence: string): string[] {
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.length > MOST_LETTERS) {
    const head = rest.slice(0, MOST_LETTERS + 1);
    // After a comma in the second half, else at the last space, else in the middle of a word.
    const comma = head.lastIndexOf(", ") + 1;
    const space = head.lastIndexOf(" ");
    const end = comma > MOST_LETTERS / 2 ? comma : space > 0 ? space : MOST_LETTERS;
    pieces.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return rest === "" ? pieces : [...pieces, rest];
}

/**
 * How much of a text is heard, when so much of its sound is.
 *
 * @module
 */

/** A word, and where in the sound it is. */
export interface SpokenWord {
  /** The word, as it stands in the text. */
  readonly text: string;
  /** When it begins, in ms of the utterance's sound. */
  readonly startMs: number;
  /** When it ends. Default: when the next word begins. */
  readonly endMs?: number;
}

/** What is said, and how much of it is heard. */
export interface Speech {
  readonly text: string;
  /** In their order; none where nobody tells them. */
  readonly words: readonly SpokenWord[];
  readonly heardMs: number;
  /** How much sound there is, as far as it is known. */
  readonly soundMs: number;
  /** Whether there is no more sound to come. */
  readonly complete: boolean;
}

/** What people take for a letter, in ms, while it is not known how long the sound will be. */
const LETTER_MS = 60;

/**
 * The text up to the last word that is heard to its end; where no words are told, as much of it as of
 * the sound.
 */
export function heardText(speech: Speech): string {
  const { text, words, heardMs, soundMs, complete } = speech;
  if (complete && heardMs >= soundMs) return text || joined(words);
  return words.length > 0 ? heardWords(speech) : heardShare(speech);
}

function heardWords({ text, words, heardMs, soundMs, complete }: Speech): string {
  const heard = words.filter(({ endMs }, i) => {
    const end = endMs ?? words[i + 1]?.startMs ?? (complete ? soundMs : Infinity);
    return end <= heardMs;
  });
  // The text has what stands between the words, which are not told.
  let end = 0;
  for (const { text: word } of heard) {
    const at = text.indexOf(word, end);
    if (at < 0) return joined(heard);
    end = at + word.length;
  }
  const [punctuation = ""] = /^[^\s\p{L}\p{N}]*/u.exec(text.slice(end)) ?? [];
  return end > 0 ? text.slice(0, end) + punctuation : "";
}

function heardShare({ text, heardMs, soundMs, complete }: Speech): string {
  const whole = complete ? soundMs : Math.max(soundMs, text.length * LETTER_MS);
  const length = whole > 0 ? Math.floor(text.length * Math.min(1, heardMs / whole)) : 0;
  if (length === text.length || /\s/.test(text[length] ?? "")) return text.slice(0, length);
  const start = text.slice(0, length);
  // Languages that put no spaces between words are cut between letters, but not within one.
  if (!/\s/.test(text)) return start.replace(/[\ud800-\udbff]$/, "");
  return start.replace(/\s*\S*$/, "");
}

function joined(words: readonly SpokenWord[]): string {
  return words.map(({ text }) => text.trim()).join(" ");
}

/**
 * How much of a text was heard, given how much of its sound was.
 *
 * @module
 */

/** A word, and where in the sound it is. */
export interface SpokenWord {
  /** The word, as in the text. */
  readonly text: string;
  /** When it begins, in ms of the utterance's sound. */
  readonly startMs: number;
  /** When it ends. Default: when the next word begins. */
  readonly endMs?: number;
}

/** What is said, and how much of it was heard. */
export interface Speech {
  readonly text: string;
  /** The words in order; none if they are unknown. */
  readonly words: readonly SpokenWord[];
  readonly heardMs: number;
  /** How much sound there is, as far as is known. */
  readonly soundMs: number;
  /** Whether the sound is complete. */
  readonly complete: boolean;
}

/** How long people take to say a letter, in ms, until the sound's length is known. */
const LETTER_MS = 60;
/**
 * The beginning of a word at the end of a cut text, with the space before it. In scripts without
 * spaces between words, each letter is heard by itself, and so is an emoji.
 */
const PART_OF_A_WORD =
  /\s*[^\s\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{Extended_Pictographic}]*$/u;

/**
 * The text up to the last word that was heard completely; without words, in proportion to the
 * sound.
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
  // The text includes what is between the words.
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
  return text.slice(0, length).replace(PART_OF_A_WORD, "");
}

function joined(words: readonly SpokenWord[]): string {
  return words.map(({ text }) => text.trim()).join(" ");
}

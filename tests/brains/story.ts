/**
 * The conversation that every stand-in for a model has with whoever calls.
 *
 * @module
 */

/** What the model does once the user has said something. */
export interface StoryTurn {
  /** What the user said, as speech recognition understands it, whatever the sound was. */
  readonly said: string;
  /** The tool that the model wants to use before it answers. */
  readonly tool?: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> };
  readonly answer: StoryAnswer;
}

/** What the model says, with its chirp for a voice. */
export interface StoryAnswer {
  readonly text: string;
  readonly durationMs: number;
}

/** A question that needs a tool and whose long answer is interrupted, and a short goodbye. */
export const STORY: readonly StoryTurn[] = [
  {
    said: "What is the weather in Paris?",
    tool: { name: "get_weather", arguments: { city: "Paris" } },
    answer: {
      text: "In Paris the sun is shining and it will be warm for all the rest of the week.",
      durationMs: 8000,
    },
  },
  { said: "Thank you.", answer: { text: "You are welcome.", durationMs: 700 } },
];

/** When each word of an answer is said, in ms: all take the same time. */
export function wordsOf(
  { text, durationMs }: StoryAnswer,
): { readonly word: string; readonly fromMs: number; readonly toMs: number }[] {
  const words = text.split(" ");
  const each = durationMs / words.length;
  return words.map((word, i) => ({ word, fromMs: i * each, toMs: (i + 1) * each }));
}

/** The words of an answer that begin in a part of it, with the space before each but the first. */
export function wordsBetween(answer: StoryAnswer, fromMs: number, toMs: number): string[] {
  return wordsOf(answer).flatMap(({ word, fromMs: at }, i) =>
    at >= fromMs && at < toMs ? [i === 0 ? word : ` ${word}`] : []
  );
}

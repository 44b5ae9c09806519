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
  /** What the model says, with its chirp for a voice. */
  readonly answer: string;
}

/** How long every word takes, in ms. */
export const WORD_MS = 250;

/** A question that needs a tool and whose long answer is interrupted, and a short goodbye. */
export const QUESTION: StoryTurn = {
  said: "What is the weather in Paris?",
  tool: { name: "get_weather", arguments: { city: "Paris" } },
  answer: "In Paris the sun is shining and it will be warm for all the rest of the week.",
};
export const GOODBYE: StoryTurn = { said: "Thank you.", answer: "You are welcome." };
export const STORY: readonly StoryTurn[] = [QUESTION, GOODBYE];

/** How long an answer takes, in ms. */
export function durationOf(answer: string): number {
  return answer.split(" ").length * WORD_MS;
}

/** The words of an answer that begin in a part of it, in ms, with the space before each but the first. */
export function wordsBetween(answer: string, fromMs: number, toMs: number): string[] {
  return answer.split(" ").flatMap((word, i) =>
    i * WORD_MS >= fromMs && i * WORD_MS < toMs ? [i === 0 ? word : ` ${word}`] : []
  );
}

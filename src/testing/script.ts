/**
 * The script of a call: what the caller does, and what is expected of the bot. It uses the words of
 * Pipecat's evals where they have one.
 *
 * @module
 */
import * as z from "../core/zod.ts";
import { notNegative } from "../core/checks.ts";
import { RunnerError } from "../core/error.ts";
import { areKeys, KEYS } from "../core/keys.ts";
import { parseShape } from "../core/shape.ts";

const ms = z.number().check(notNegative);

/** What each step takes, by its keyword. */
const STEPS = {
  say: z.strictObject({
    /** The name of a clip: on the command line, a WAV file beside the script. */
    say: z.string(),
    /**
     * Says it once the bot has spoken for this long, in ms. Default: after the previous utterance.
     */
    barge_in_after_ms: z.optional(ms),
    /** How soon the bot must answer, after the caller's last sound, in ms. */
    within_ms: z.optional(ms),
    /** How soon the interrupted bot must stop, in ms. */
    stops_within_ms: z.optional(ms),
  }),
  press: z.strictObject({
    press: z.string().check(z.refine(areKeys, `Invalid input: keys are of ${KEYS}`)),
  }),
  /** Types a text, if the way to the bot carries text: not on the phone. */
  send_text: z.strictObject({ send_text: z.string() }),
  pause_ms: z.strictObject({ pause_ms: ms }),
  wait_for: z.discriminatedUnion("wait_for", [
    z.strictObject({
      wait_for: z.literal("speech"),
      /** How soon the bot must speak, in ms. Default: 10 000. */
      within_ms: z.optional(ms),
    }),
    z.strictObject({
      wait_for: z.literal("silence"),
      /** How long it must last, in ms. Default: 1000. */
      silent_ms: z.optional(ms),
    }),
  ]),
  expect: z.strictObject({
    expect: z.strictObject({
      /** Somebody said this, in any case, according to the transcript. */
      text_contains: z.optional(z.string()),
      /** The bot used a tool, with these arguments among others. */
      function_call: z.optional(z.strictObject({
        name: z.string(),
        args: z.optional(z.looseObject({})),
      })),
      /** Who must end the call, within 10 s. */
      hung_up_by: z.optional(z.literal("bot")),
    }),
  }),
};

/** One thing that a caller does or expects. */
export type ScriptStep = z.infer<typeof STEPS[keyof typeof STEPS]>;

/**
 * Reads the steps of a script, from what its JSON or YAML says: `{ steps: […] }`.
 *
 * @throws {RunnerError} `usage`, naming the step and what is wrong with it.
 */
export function parseScript(value: unknown): readonly ScriptStep[] {
  const { data, problem } = parseShape(z.object({ steps: z.array(z.unknown()) }), value);
  if (!data) {
    throw new RunnerError("usage", `This is not a script. ${problem.replace(/^: /, "")}.`);
  }
  return data.steps.map((value, i) => parseStep(value, i + 1));
}

function parseStep(value: unknown, number: number): ScriptStep {
  const wrong = (problem: string): RunnerError => {
    const text = JSON.stringify(value)?.slice(0, 200) ?? "nothing";
    return new RunnerError(
      "usage",
      `Step ${number} of the script is wrong: ${problem} in ${text}.`,
    );
  };
  const words = Object.keys(STEPS);
  const word = words.find((word) => Object.hasOwn(Object(value), word));
  if (word === undefined) throw wrong(`one of ${words.join(", ")} is missing`);
  const schema: z.ZodMiniType<ScriptStep> = STEPS[word as keyof typeof STEPS]; // one of the table's own words
  const { data, problem } = parseShape(schema, value);
  if (!data) throw wrong(problem.replace(/^: /, ""));
  return data;
}

/** The clips that a script says, each once. */
export function clipsOf(steps: readonly ScriptStep[]): readonly string[] {
  return [...new Set(steps.flatMap((step) => "say" in step ? [step.say] : []))];
}

/**
 * What the caller of a call did, as the steps of a script.
 *
 * @module
 */
import * as z from "../core/zod.ts";
import { filled } from "../core/checks.ts";
import { areKeys } from "../core/keys.ts";
import type { CallFile } from "../recording/call_file.ts";
import type { ScriptStep } from "./script.ts";

/** A part of a call's sound, in ms since it began. */
export interface Cut {
  /** The clip that it becomes. */
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** How much slower than in the call the bot may be, in ms … */
const ALLOWANCE_MS = 250;
/** … also with its first words, because the first call of a process loads what it needs … */
const FIRST_ALLOWANCE_MS = 1000;
/** … and the sum is rounded up to this. */
const ROUND_MS = 50;
/** If a bot is still silent after this time, the caller goes on, in ms. */
const LONGEST_SILENCE_MS = 3000;
/** A shorter silence may be a pause between words, in ms. */
const SHORTEST_SILENCE_MS = 300;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** What the caller does at a moment. */
type Doing =
  | (Span & { readonly kind: "say" })
  | (Span & { readonly kind: "press"; readonly digit: string })
  | (Span & { readonly kind: "text"; readonly text: string });

const typed = z.object({ content: z.string() });
const pressed = z.object({
  buttons: z.optional(z.array(z.string())),
  button: z.optional(z.string()),
});
const understood = z.object({ text: z.string().check(filled), final: z.literal(true) });
const tool = z.object({
  function_name: z.string(),
  arguments: z.optional(z.looseObject({})),
});

/**
 * The steps of a call's caller, and the sound that they say.
 *
 * @param clip Names the clip of the i-th utterance, from 1.
 */
export function callerSteps(
  file: CallFile,
  clip: (i: number) => string,
): { readonly steps: readonly ScriptStep[]; readonly cuts: readonly Cut[] } {
  const bot = speeches(file, "bot");
  const doings = doingsOf(file);
  const steps: ScriptStep[] = [];
  const cuts: Cut[] = [];
  /** Up to when steps describe what happened. */
  let told = 0;

  const [first] = bot;
  if (first && first.from < (doings[0]?.from ?? Infinity)) {
    steps.push({ wait_for: "speech", within_ms: allowed(first.from, FIRST_ALLOWANCE_MS) });
  }
  for (const [i, doing] of doings.entries()) {
    const during = bot.find(({ from, to }) => from < doing.from && doing.from < to);
    const before = bot.findLast(({ to }) => to > told && to <= doing.from);
    const bargesIn = doing.kind === "say" && during !== undefined;
    if (!bargesIn) steps.push(pauseBefore(doing, before, told));
    told = doing.to;
    if (doing.kind === "press") steps.push({ press: doing.digit });
    else if (doing.kind === "text") steps.push({ send_text: doing.text });
    else {
      const name = clip(cuts.length + 1);
      cuts.push({ name, fromMs: doing.from, toMs: doing.to });
      const next = doings[i + 1]?.from ?? Infinity;
      const answer = bot.find(({ from }) => from >= doing.to && from < next);
      steps.push({
        say: name,
        ...(bargesIn ? { barge_in_after_ms: Math.round(doing.from - during.from) } : {}),
        ...(bargesIn && wasInterrupted(file, doing)
          ? { stops_within_ms: allowed(during.to - doing.from) }
          : {}),
        ...(answer ? { within_ms: allowed(answer.from - doing.to) } : {}),
      });
    }
  }
  if (steps.length > 0) steps.push({ wait_for: "silence" });
  return { steps: [...steps, ...expectations(file)], cuts };
}

/** The caller waits for the same silence, or as long after its own last action. */
function pauseBefore(doing: Doing, before: Span | undefined, told: number): ScriptStep {
  if (!before) return { pause_ms: Math.max(0, Math.round(doing.from - told)) };
  const silent = Math.round(doing.from - before.to);
  return {
    wait_for: "silence",
    silent_ms: Math.min(Math.max(silent, SHORTEST_SILENCE_MS), LONGEST_SILENCE_MS),
  };
}

function expectations({ messages, session }: CallFile): ScriptStep[] {
  const ofBot = (...types: string[]) =>
    messages.filter(({ from, type }) => from === "bot" && types.includes(type));
  const input = ofBot("user-input");
  const heard = input.length > 0 ? input : ofBot("user-transcription");
  return [
    ...heard.flatMap(({ data }): ScriptStep[] => {
      const { text } = understood.safeParse(data).data ?? {};
      return text === undefined ? [] : [{ expect: { text_contains: text } }];
    }),
    ...ofBot("llm-function-call-in-progress").flatMap(({ data }): ScriptStep[] => {
      const used = tool.safeParse(data).data;
      if (!used) return [];
      const { function_name: name, arguments: args } = used;
      return [{ expect: { function_call: args ? { name, args } : { name } } }];
    }),
    ...(session.outcome === "returned" ? [{ expect: { hung_up_by: "bot" as const } }] : []),
  ];
}

function doingsOf(file: CallFile): readonly Doing[] {
  const press = (digit: string, ms: number): Doing[] =>
    areKeys(digit) ? [{ kind: "press", digit, from: ms, to: ms }] : [];
  const keys = file.events.flatMap(({ kind, side, label = "", ms }) =>
    kind === "key" && side !== "bot" ? press(label.replace(/^Key /, ""), ms) : [] // as the page reports it
  );
  const buttons = file.messages.flatMap(({ from, type, data, ms }) => {
    if (from !== "user" || type !== "dtmf") return [];
    const { buttons, button = "" } = pressed.safeParse(data).data ?? {};
    return press(buttons?.join("") ?? button, ms);
  });
  const texts = file.messages.flatMap(({ from, type, data, ms }): Doing[] => {
    const text = from === "user" && type === "send-text" ? typed.safeParse(data).data : undefined;
    return text ? [{ kind: "text", text: text.content, from: ms, to: ms }] : [];
  });
  const said = speeches(file, "user").map((span): Doing => ({ kind: "say", ...span }));
  const heard = keys.length > 0 ? keys : buttons; // a recorder reports both
  return [...heard, ...texts, ...said].toSorted((one, other) => one.from - other.from);
}

function speeches({ events }: CallFile, of: "user" | "bot"): readonly Span[] {
  return events.flatMap(({ kind, side, ms, durationMs = 0 }) =>
    kind === "speech" && side === of ? [{ from: ms, to: ms + durationMs }] : []
  ).toSorted((one, other) => one.from - other.from);
}

/** Whether the bot was told to stop while the caller spoke, or soon after. */
function wasInterrupted({ events }: CallFile, { from, to }: Span): boolean {
  return events.some(({ kind, ms }) =>
    (kind === "interrupted" || kind === "clear") && ms >= from && ms <= to + 1000
  );
}

function allowed(ms: number, more = ALLOWANCE_MS): number {
  return Math.ceil((Math.max(0, ms) + more) / ROUND_MS) * ROUND_MS;
}

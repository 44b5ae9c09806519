/**
 * Plays the script of a call, and returns what failed.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { RunnerError } from "../core/error.ts";
import type { AudioFrame } from "../core/frame.ts";
import { inTime } from "../core/wait.ts";
import type { CallEnd } from "./caller.ts";
import type { ScriptStep } from "./script.ts";
import type { Interruption, Said, Talker } from "./talker.ts";

/** What playing a script needs. */
export interface ScriptPlayOptions {
  /** Finds the sound of a clip. */
  readonly clip: (name: string) => AudioFrame;
  /** Called with what happens, in plain words. Default: nothing is called. */
  readonly print?: (line: string) => void;
}

/** How a script went. */
export interface ScriptReport {
  /** A sentence per failed expectation; empty if all held. */
  readonly failures: readonly string[];
  /** How long the bot took to answer each utterance, in ms; null if it did not. */
  readonly answersMs: readonly (number | null)[];
}

/** Who can play a script: any caller. */
export interface ScriptCaller extends Talker {
  /** Resolves when the call is over. */
  readonly ended: Promise<CallEnd>;
  /** Types; absent if the way to the bot carries no text. */
  sendText?(content: string): void;
}

type Say = Extract<ScriptStep, { readonly say: string }>;
type Expected = Extract<ScriptStep, { readonly expect: unknown }>["expect"];

/** How long to wait for an answer that is already late, to say how late it was. */
const LATE_MS = 5000;
const HANG_UP_MS = 10_000;
/** A session ends in the host's time, during which minutes of a virtual call may pass, in ms. */
const GOODBYE_MS = 1000;

/** Plays a script to its end, whatever fails, or to the end of the call. */
export async function playScript(
  caller: ScriptCaller,
  steps: readonly ScriptStep[],
  { clip, print = () => {} }: ScriptPlayOptions,
): Promise<ScriptReport> {
  const failures: string[] = [];
  const answers: Promise<number | undefined>[] = [];
  const fail = (sentence: string) => {
    failures.push(sentence);
    print(sentence);
  };

  const judgeAnswer = async (name: string, { responseMs }: Said, withinMs: number) => {
    const patience = caller.pause(withinMs + LATE_MS);
    const took = await Promise.race([responseMs, patience]);
    const answered = typeof took === "number" ? `after ${Math.round(took)} ms` : "not at all";
    if (typeof took === "number" && took <= withinMs) return;
    fail(`The bot answered ${name} ${answered}; the limit is ${withinMs} ms.`);
  };
  const say = async (step: Say) => {
    const { say: name, barge_in_after_ms: bargeIn, within_ms, stops_within_ms } = step;
    const sound = clip(name);
    if (bargeIn === undefined) print(`saying ${name}`);
    const said: Said & Partial<Interruption> = bargeIn === undefined
      ? await caller.say(sound)
      : await caller.interruptAfter(bargeIn, sound);
    if (bargeIn !== undefined) print(`said ${name} while the bot spoke`);
    answers.push(said.responseMs);
    void said.responseMs.then((took) => {
      if (took !== undefined) print(`the bot answered after ${Math.round(took)} ms`);
    });
    void said.stoppedMs?.then((took) => print(`the bot stopped after ${Math.round(took)} ms`));
    if (said.stoppedMs && stops_within_ms !== undefined) {
      const took = Math.round(await said.stoppedMs);
      if (took > stops_within_ms) {
        fail(`The bot spoke on for ${took} ms over ${name}; the limit is ${stops_within_ms} ms.`);
      }
    }
    if (within_ms !== undefined) await judgeAnswer(name, said, within_ms);
  };
  const expect = async (expected: Expected) => {
    const { text_contains: text, function_call: used, hung_up_by } = expected;
    const holds = (line: { readonly text: string }) =>
      line.text.toLowerCase().includes(text?.toLowerCase() ?? "");
    if (text !== undefined && !caller.transcript.some(holds)) {
      fail(`Nobody said "${text}".`);
    }
    if (
      used && !caller.tools.some(({ name, args }) => name === used.name && has(args, used.args))
    ) {
      fail(`The bot did not use ${used.name}${used.args ? ` ${JSON.stringify(used.args)}` : ""}.`);
    }
    if (hung_up_by) {
      const end = await Promise.race([caller.ended, caller.pause(HANG_UP_MS)]) ??
        await inTime(GOODBYE_MS, caller.ended, () => undefined);
      if (end?.by !== "server") fail("The bot did not hang up.");
    }
  };
  const play = async (step: ScriptStep): Promise<unknown> => {
    if ("say" in step) return await say(step);
    if ("expect" in step) return await expect(step.expect);
    if ("pause_ms" in step) return await caller.pause(step.pause_ms);
    if ("send_text" in step) {
      if (!caller.sendText) return fail("Nobody can type on the phone.");
      return caller.sendText(step.send_text);
    }
    if ("press" in step) {
      print(`pressing ${step.press}`);
      return caller.press(step.press);
    }
    if (step.wait_for === "silence") return await caller.untilSilence(step.silent_ms);
    const { within_ms: timeoutMs } = step;
    return await caller.untilSpeech(timeoutMs === undefined ? {} : { timeoutMs });
  };

  for (const step of steps) {
    try {
      await play(step);
    } catch (error) {
      if (!(error instanceof RunnerError) || error.code !== "not_heard") throw error;
      fail(error.message);
    }
  }
  const known = answers.map((answer) => Promise.race([answer, Promise.resolve(undefined)]));
  return {
    failures,
    answersMs: (await Promise.all(known)).map((ms) => ms === undefined ? null : Math.round(ms)),
  };
}

/** Whether arguments include everything that is expected. */
function has(args: Readonly<Record<string, unknown>>, expected: object = {}): boolean {
  return Object.entries(expected).every(([name, value]) => isDeepStrictEqual(args[name], value));
}

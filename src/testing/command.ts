/**
 * `call` on the command line: phones a bot from a terminal, without an account.
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { encodeWav } from "../audio/wav.ts";
import type { Environment } from "../core/carrier.ts";
import { RunnerError } from "../core/error.ts";
import type { AudioFrame } from "../core/frame.ts";
import { printableLine } from "../core/printable.ts";
import { call } from "./call.ts";
import type { CallEnd, Caller } from "./caller.ts";
import { SIMULATED } from "./carriers/mod.ts";
import { type CallCommandOptions, HELP, readOptions } from "./command_options.ts";
import type { RtviCaller } from "./rtvi_caller.ts";
import { clipsOf, parseScript, type ScriptStep } from "./script.ts";
import { readClips } from "./script_file.ts";
import { playScript, type ScriptReport } from "./script_play.ts";
import { callWebSocket } from "./websocket_caller.ts";
import { parseYamlOrJson } from "./yaml_or_json.ts";

/** How long the bot may speak or pause before the caller speaks, in ms. */
const TURN_MS = 1000;
/** After this much silence there is nothing more to wait for, in ms. */
const PATIENCE_MS = 3000;
/** When `--barge-in` speaks, in ms after the bot began. */
const BARGE_IN_MS = 500;
/** Waits for a bot for as long as the call takes, in ms. */
const WHOLE_CALL_MS = 2 ** 31 - 1;

/**
 * Does what the arguments after `call` say.
 *
 * @param environment The carriers' secrets, if the call is to be signed.
 * @throws {RunnerError} `usage` if the arguments or the script are wrong; what the caller throws;
 * `carrier_violations` if the server did what the carrier would reject; `call_failed` if the bot
 * failed or did not do what the script expects.
 */
export async function callCommand(
  args: readonly string[],
  environment: Environment = {},
): Promise<void> {
  const options = readOptions(args);
  if (!options) return console.log(HELP);
  const { url, carrier, websocket, script } = options;
  const steps = script === undefined ? stepsOf(options) : parseScript(await readScript(script));
  const folder = script === undefined ? "." : dirname(script);
  const clip = await readClips(clipsOf(steps), pathToFileURL(`${resolve(folder)}/`));
  if (!websocket && steps.some(needsWords)) {
    const detail = "A phone call carries no text. Use --websocket for this script.";
    throw new RunnerError("usage", detail);
  }
  const print = options.json ? () => {} : clockedPrint();

  print(`calling ${url} ${websocket ? "over a WebSocket" : `through ${carrier}`}`);
  const caller = websocket ? await callWebSocket(url) : await phone(options, environment);
  try {
    await talk(caller, { ...options, steps, clip, print });
  } finally {
    await caller[Symbol.asyncDispose]();
  }
}

function phone(
  { url, carrier, from, to, ...options }: CallCommandOptions,
  environment: Environment,
): Promise<Caller> {
  const secret = options.secret ?? SIMULATED[carrier].secretOf?.(environment);
  return call(url, {
    carrier,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(secret === undefined ? {} : { secret }),
  });
}

/** Whether a step needs a bot that reports what is said. */
function needsWords(step: ScriptStep): boolean {
  if ("send_text" in step) return true;
  if (!("expect" in step)) return false;
  const { text_contains, function_call } = step.expect;
  return text_contains !== undefined || function_call !== undefined;
}

/** Who calls. */
type AnyCaller = Caller | RtviCaller;

/** What a caller should do, and where to report it. */
interface Talk extends CallCommandOptions {
  readonly steps: readonly ScriptStep[];
  readonly clip: (name: string) => AudioFrame;
  readonly print: (line: string) => void;
}

/** Plays the script, hangs up, and returns how it went. */
async function talk(caller: AnyCaller, options: Talk): Promise<void> {
  const { steps, clip, print, seconds, record, json } = options;
  print("callId" in caller ? `connected, call ${caller.callId}` : "connected");
  const timer = setTimeout(() => void caller.hangUp(), seconds * 1000);
  const recording = recorded(caller);
  void tellSpeech(caller, print);
  let report: ScriptReport;
  try {
    report = await playScript(caller, steps, { clip, print });
  } finally {
    clearTimeout(timer);
  }
  await caller.hangUp();
  const end = await caller.ended;
  print(end.by === "server" ? "the bot hung up" : "hung up");
  if (record !== undefined) {
    const sound = await recording;
    await writeFile(record, encodeWav(sound));
    const length = sound.samples.length / sound.sampleRate;
    if (!json) console.log(`Recorded ${length.toFixed(1)} s in ${record}.`);
  }
  const failures = [...report.failures, ...failureOf(end)];
  if (json) console.log(JSON.stringify(resultOf(caller, end, { ...report, failures })));
  if (failures.length > 0) throw new RunnerError("call_failed", failures.join("\n"));
}

/** What `--say`, `--barge-in` and `--press` mean. */
function stepsOf({ say, bargeIn, press }: CallCommandOptions): readonly ScriptStep[] {
  const turn: ScriptStep = { wait_for: "silence", silent_ms: TURN_MS };
  return [
    ...say.flatMap((name): ScriptStep[] =>
      bargeIn ? [{ say: name, barge_in_after_ms: BARGE_IN_MS }] : [turn, { say: name }]
    ),
    ...(press === undefined ? [] : [turn, { press }]),
    { wait_for: "silence", silent_ms: PATIENCE_MS },
  ];
}

async function readScript(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new RunnerError("usage", `The script ${path} cannot be read.`, { cause });
  }
  try {
    return await parseYamlOrJson(path, text);
  } catch (cause) {
    throw new RunnerError("usage", `The script ${path} is neither YAML nor JSON.`, { cause });
  }
}

/** Everything that was heard, including pauses, once the call is over. */
async function recorded(caller: AnyCaller): Promise<Omit<AudioFrame, "type">> {
  const { sampleRate } = caller;
  const pieces = await Array.fromAsync(caller.heard);
  const last = pieces.at(-1);
  const place = ({ timestamp = 0 }: AudioFrame) => Math.round(timestamp * sampleRate / 1000);
  const samples = new Int16Array(last ? place(last) + last.samples.length : 0);
  for (const piece of pieces) samples.set(piece.samples, place(piece));
  return { samples, sampleRate, channels: 1 };
}

/** Prints when the bot speaks, to the end of the call. */
async function tellSpeech(caller: AnyCaller, print: (line: string) => void): Promise<void> {
  try {
    for (;;) {
      await caller.untilSpeech({ timeoutMs: WHOLE_CALL_MS });
      print("the bot speaks");
      await caller.untilSilence(TURN_MS / 2);
      print("the bot is silent");
    }
  } catch {
    // The call is over, and nothing more is heard.
  }
}

function failureOf({ failure }: CallEnd): readonly string[] {
  return failure === undefined ? [] : [failure];
}

/** What `--json` prints: times in ms. */
function resultOf(
  caller: AnyCaller,
  end: CallEnd,
  { failures, answersMs }: ScriptReport,
): object {
  const about = "callId" in caller
    ? { callId: caller.callId, keys: caller.digits, violations: caller.violations }
    : { transcript: caller.transcript, tools: caller.tools, violations: [] };
  return {
    ok: failures.length === 0 && about.violations.length === 0,
    hungUpBy: end.by === "server" ? "bot" : "caller",
    answersMs,
    unheardMs: Math.round(end.unheardMs),
    failures,
    ...about,
  };
}

/** Prints lines with the elapsed time. */
function clockedPrint(): (line: string) => void {
  const began = performance.now();
  return (line) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
    console.log(`${seconds} s  ${printableLine(line)}`);
  };
}

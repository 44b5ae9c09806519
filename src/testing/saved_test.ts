/**
 * A test made from a past call: the same caller, and the same expectations of the bot.
 *
 * @module
 */
import { encodeWav } from "../audio/wav.ts";
import { CARRIER_NAMES } from "../core/transport_names.ts";
import type { CallFile } from "../recording/call_file.ts";
import { callerSteps, type Cut } from "./call_steps.ts";
import type { ScriptStep } from "./script.ts";

/** The caller's side of a call's sound. */
export interface CallSound {
  /** One channel. */
  readonly samples: Int16Array;
  /** In Hz. */
  readonly sampleRate: number;
}

/** A test made from a call; it can be edited before it is written. */
export interface SavedTest {
  /** What it is about. */
  readonly title: string;
  /** How the caller connects: through a carrier, over WebRTC, or (all others) over a WebSocket. */
  readonly transport: string;
  readonly steps: readonly ScriptStep[];
  /** What the caller says: WAV files by their names. */
  readonly clips: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** How much is kept around each utterance, before and after it, in ms: a word begins softly. */
const MARGIN_MS = 60;

/**
 * Makes a test from a call and its sound. It expects what was true of the call: how soon the bot
 * answered and stopped, each plus a quarter of a second; its tools; what it understood; and whether
 * it hung up.
 */
export function savedTest(file: CallFile, sound: CallSound): SavedTest {
  const name = file.session.startedAt.slice(0, 19).replaceAll(":", "-");
  const { fromMs = 0 } = file.audio ?? {};
  const { steps, cuts } = callerSteps(file, (i) => `${name}-${i}.wav`);
  const clip = ({ fromMs: from, toMs: to }: Cut) => {
    const place = (ms: number) => Math.max(0, Math.round((ms - fromMs) * sound.sampleRate / 1000));
    const samples = sound.samples.slice(place(from - MARGIN_MS), place(to + MARGIN_MS));
    return encodeWav({ samples, sampleRate: sound.sampleRate, channels: 1 });
  };
  return {
    title: `the call of ${file.session.startedAt.slice(0, 16).replace("T", " ")} goes as before`,
    transport: file.session.transport,
    steps,
    clips: new Map(cuts.map((cut) => [cut.name, clip(cut)])),
  };
}

/**
 * Writes the test: a file for `deno test`, `node --test` and `bun test`, beside its clips.
 *
 * @param bot The bot's path, as the file imports it. Default: `./bot.ts`.
 */
export function testSource({ title, transport, steps }: SavedTest, bot = "./bot.ts"): string {
  const carrier = CARRIER_NAMES.find((name) => name === transport);
  const byWebRtc = transport === "webrtc";
  const [name, options] = carrier
    ? ["call", `, { carrier: ${JSON.stringify(carrier)} }`]
    : [byWebRtc ? "callWebRtc" : "callWebSocket", ""];
  const lines = steps.map((step) => `  ${JSON.stringify(step)},`).join("\n");
  return `import { test } from "node:test";
import { createRunner } from "@pipecat/runner";
import { ${name}, checkScript${byWebRtc ? ", memoryPeers" : ""} } from "@pipecat/runner/testing";
import { bot } from ${JSON.stringify(bot)};

// As in \`call --script FILE\`: change what should not fail the test.
const steps = [
${lines}
];

test(${JSON.stringify(title)}, async () => {
  const runner = createRunner(bot${byWebRtc ? ", { webrtc: memoryPeers() }" : ""});
  try {
    const caller = await ${name}(runner${options});
    try {
      await checkScript(caller, { steps }, new URL(".", import.meta.url));
    } finally {
      await caller[Symbol.asyncDispose]();
    }
  } finally {
    await runner.close();
  }
});
`;
}

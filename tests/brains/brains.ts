/**
 * The brains of `examples/brains`, each with the stand-ins that it needs.
 *
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
// Loaded before any test, for it has a timer from then on.
import "npm:@openai/agents-realtime@0.20";
import type { Bot } from "../../src/core/bot.ts";
import { cartesiaServer } from "./cartesia_server.ts";
import type { Conversation } from "./conversation.ts";
import { deepgramServer } from "./deepgram_server.ts";
import { geminiLiveServer } from "./gemini_live_server.ts";
import { openAIRealtimeServer } from "./openai_realtime_server.ts";
import { openAIResponsesServer } from "./openai_responses_server.ts";
import type { StandIn } from "./stand_in.ts";
import { GOODBYE, QUESTION, WORD_MS } from "./story.ts";
import { leadTo } from "./vendor_network.ts";

// That package would end the process where a promise is rejected that nobody waits for.
for (const event of ["unhandledRejection", "SIGINT", "SIGTERM"]) process.removeAllListeners(event);

/** The key of all stand-ins. */
export const KEY = "sk-the-key";
/**
 * How far what a brain tells its model may be from what was heard, in ms, on a machine that runs other
 * tests, too; the answer would be several seconds long.
 */
const NEAR_MS = 250;

/** A brain, and what must be true of the stand-in's end of a conversation. */
export interface Brain {
  readonly name: string;
  readonly file: string;
  /** Its environment variables. */
  readonly keys: readonly string[];
  /** Waits for its connection with the model; returns what checks the model's end afterwards. */
  connected(): Promise<(conversation: Conversation) => void>;
}

/** The stand-ins for all vendors, and the brains that reach them. */
export interface Vendors extends AsyncDisposable {
  readonly brains: readonly Brain[];
  /** What the vendors would have refused. */
  refusals(): string[];
}

/** Serves all stand-ins. */
export function serveVendors(): Vendors {
  const openai = openAIRealtimeServer(KEY);
  const gemini = geminiLiveServer(KEY);
  const deepgram = deepgramServer(KEY);
  const cartesia = cartesiaServer(KEY);
  const responses = openAIResponsesServer(KEY);
  const all: StandIn[] = [openai, gemini, deepgram, cartesia, responses];
  const led = leadTo({
    "wss://api.openai.com": openai,
    "https://api.openai.com": responses,
    "wss://generativelanguage.googleapis.com": gemini,
    "wss://api.deepgram.com": deepgram,
    "wss://api.cartesia.ai": cartesia,
  });

  const ofOpenAI = async () => {
    const { toolResults, truncations } = await openai.nextSession();
    return ({ heardMs }: Conversation) => {
      assert.deepEqual(toolResults, ["Sunny, 21 °C"]);
      const [toldMs = NaN, ...others] = truncations;
      assert.ok(Math.abs(toldMs - heardMs) < NEAR_MS, `told ${toldMs} ms, heard ${heardMs} ms`);
      assert.deepEqual(others, []);
    };
  };
  const ofGemini = async () => {
    const { toolResults } = await gemini.nextSession();
    return () => assert.match(JSON.stringify(toolResults), /Sunny, 21 °C/);
  };
  const ofCascade = async () => {
    await deepgram.nextSession();
    return ({ heardMs }: Conversation) => {
      assert.deepEqual(responses.toolResults, ["Sunny, 21 °C"]);
      const [asked, answered, thanked] = responses.conversations.at(-1) ?? [];
      assert.deepEqual([asked?.text, thanked?.text], [QUESTION.said, GOODBYE.said]);
      const { text = "" } = answered ?? {};
      const words = text.split(" ").length;
      assert.ok(QUESTION.answer.startsWith(text), text);
      assert.ok(Math.abs(words - heardMs / WORD_MS) <= 1.5, `${text}: heard ${heardMs} ms`);
    };
  };
  const brain = (name: string, keys: readonly string[], connected: Brain["connected"]): Brain => ({
    name,
    file: new URL(`../../examples/brains/${name}.ts`, import.meta.url).href,
    keys,
    connected,
  });
  return {
    brains: [
      brain("openai-realtime", ["OPENAI_API_KEY"], ofOpenAI),
      brain("openai-agents", ["OPENAI_API_KEY"], ofOpenAI),
      brain("ai-sdk-realtime", ["OPENAI_API_KEY"], ofOpenAI),
      brain("ai-sdk-realtime", ["GOOGLE_GENERATIVE_AI_API_KEY"], ofGemini),
      brain("gemini-live", ["GEMINI_API_KEY"], ofGemini),
      brain("cascade", ["OPENAI_API_KEY", "DEEPGRAM_API_KEY", "CARTESIA_API_KEY"], ofCascade),
    ],
    refusals: () => all.flatMap(({ refusals }) => refusals),
    async [Symbol.asyncDispose]() {
      led[Symbol.dispose]();
      for (const standIn of all) await standIn[Symbol.asyncDispose]();
    },
  };
}

/** Every variable that a brain reads. */
const VARIABLES = [
  "OPENAI_API_KEY",
  "GOOGLE_GENERATIVE_AI_API_KEY",
  "GEMINI_API_KEY",
  "DEEPGRAM_API_KEY",
  "CARTESIA_API_KEY",
];

/**
 * Imports the bot of a brain as if its keys alone were set. Afterwards all are, for some read theirs as
 * late as they are called.
 */
export async function loadBot({ file, keys }: Brain): Promise<Bot> {
  setKeys(keys);
  const module: { readonly bot: Bot } = await import(`${file}?${keys[0]}`);
  setKeys(VARIABLES);
  return module.bot;
}

/** Sets some variables to the key, and unsets the others. */
export function setKeys(names: readonly string[]): void {
  for (const name of VARIABLES) {
    if (names.includes(name)) Deno.env.set(name, KEY);
    else Deno.env.delete(name);
  }
}

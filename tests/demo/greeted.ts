/**
 * Callers whom the demo bot has greeted.
 *
 * @module
 */
import { converse } from "../../src/demo/conversation.ts";
import { loadSpeech } from "../../src/demo/speech.ts";
import type { RtviServerMessage } from "../../src/rtvi/protocol.ts";
import type { BotOutput } from "../../src/rtvi/server_messages.ts";
import { type Caller, createCaller } from "./caller.ts";

export const RATE = 16_000;

/** Loads what the bot loads when it is first called: that takes time that no caller counts. */
export async function prepare(): Promise<void> {
  await loadSpeech();
}

/** A page that has called the bot and was greeted. */
export async function greetedPage() {
  await prepare();
  const caller = createCaller();
  const controller = new AbortController();
  const done = converse(caller.transport, { signal: controller.signal, clock: caller.clock });
  caller.send("client-ready", { version: "2.1.0", about: { library: "test" } });
  await caller.waitUntil(() => sent(caller, "bot-stopped-speaking") === 1);
  return { caller, controller, done };
}

/** A phone, of 8 kHz and without a page, that has called the bot and was greeted. */
export async function greetedPhone() {
  await prepare();
  const caller = createCaller(8000);
  const controller = new AbortController();
  const done = callByPhone(caller, controller.signal);
  await caller.waitUntil(() => sent(caller, "bot-stopped-speaking") === 1);
  return { caller, controller, done };
}

export function callByPhone(caller: Caller, signal = new AbortController().signal): Promise<void> {
  return converse({ ...caller.transport, name: "twilio" }, { signal, clock: caller.clock });
}

export async function words(text = "The long train comes from the south."): Promise<Int16Array> {
  const speech = await loadSpeech();
  return speech.synthesize(text).samples;
}

export function sent(caller: Caller, type: RtviServerMessage["type"]): number {
  return caller.messages.filter((message) => message.type === type).length;
}

export function lines(caller: Caller): BotOutput[] {
  return caller.messages.flatMap(({ type, data }) =>
    type === "bot-output" ? [data as BotOutput] : []
  );
}

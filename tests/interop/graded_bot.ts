/**
 * A bot with a model that was written by hand: it answers questions about capitals, by a function, and
 * remembers who it talks to.
 *
 * @module
 */
import { createTransport, type RunnerArguments } from "../../mod.ts";
import type { RtviChannel } from "../../src/rtvi/channel.ts";

const CAPITALS: Readonly<Record<string, string>> = { Germany: "Berlin", Austria: "Vienna" };

interface ContextMessage {
  readonly role: string;
  readonly content: string;
}

/** Answers typed text until the harness is done. */
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  const { rtvi } = transport;
  const writer = transport.writable.getWriter();
  let name = "stranger";
  for await (const message of rtvi.messages) {
    if (message.type === "client-message" && message.data.t === "eval-context") {
      const { messages } = message.data.d as { messages: readonly ContextMessage[] };
      name = /My name is (\w+)/.exec(messages.map(({ content }) => content).join(" "))?.[1] ?? name;
    }
    if (message.type !== "send-text") continue;
    const text = answer(rtvi, message.data.content, name);
    rtvi.send("bot-llm-started");
    for (const word of text.match(/\S+\s*/g) ?? []) rtvi.send("bot-llm-text", { text: word });
    rtvi.send("bot-llm-stopped");
    // A minute of speech: an eval by text need not wait for it.
    const speech = new Int16Array(60 * 24_000);
    await writer.write({ type: "audio", samples: speech, sampleRate: 24_000, channels: 1 });
    await transport.drained();
    if (text.startsWith("Goodbye")) return;
  }
}

/** A bot that says back what is typed, as bots without a model do. */
export async function sayingBot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  for await (const message of transport.rtvi.messages) {
    if (message.type !== "send-text") continue;
    const speech = new Int16Array(5 * 24_000);
    const sound = { type: "audio", samples: speech, sampleRate: 24_000, channels: 1 } as const;
    transport.say(sound, { text: `You said: ${message.data.content}` });
  }
}

function answer(rtvi: RtviChannel, question: string, name: string): string {
  const country = /capital of (\w+)/.exec(question)?.[1];
  if (country !== undefined) {
    const call = { tool_call_id: crypto.randomUUID(), function_name: "capital" };
    const result = CAPITALS[country] ?? "unknown";
    rtvi.send("llm-function-call-in-progress", { ...call, arguments: { country } });
    rtvi.send("llm-function-call-stopped", { ...call, cancelled: false, result });
    return `The capital of ${country} is ${result}.`;
  }
  return question === "Bye" ? `Goodbye, ${name}.` : `I do not know that, ${name}.`;
}

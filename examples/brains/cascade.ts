/**
 * Three services in a row: Deepgram hears, a model of the AI SDK answers, Cartesia speaks.
 *
 *   DEEPGRAM_API_KEY=… OPENAI_API_KEY=… CARTESIA_API_KEY=… deno run -A jsr:@pipecat/runner cascade.ts
 * @module
 */
import { type Bot, createTransport } from "jsr:@pipecat/runner";
import { openai } from "npm:@ai-sdk/openai@4";
import { isStepCount, type ModelMessage, streamText, tool } from "npm:ai@7";
import { z } from "npm:zod@4";
import { connectVoice } from "./cartesia.ts";
import { recognize } from "./deepgram.ts";

if (!Deno.env.has("OPENAI_API_KEY")) {
  throw new Error("Set OPENAI_API_KEY: platform.openai.com/api-keys makes one.");
}

/** Talks with the caller until one of them leaves. */
export const bot: Bot = async (args) => {
  await using transport = await createTransport(args);
  const { rtvi } = transport;
  const say = connectVoice(transport, args.signal);
  const messages: ModelMessage[] = [];
  let answering = new AbortController();
  const name = "get_weather";
  const weather = tool({
    description: "The weather now.",
    inputSchema: z.object({ city: z.string() }),
    execute: (input) => rtvi.tool(name, input, () => "Sunny, 21 °C"),
  });
  for await (const heard of recognize(transport.audio({ sampleRate: 16_000, encoding: "bytes" }))) {
    answering.abort(); // the user goes on speaking: no answer yet
    if (heard.type === "said") void answer(heard.text);
    else transport.interrupt();
  }

  async function answer(said: string) {
    rtvi.userSaid(said);
    messages.push({ role: "user", content: said });
    const { signal } = answering = new AbortController();
    const { textStream } = streamText({
      model: openai("gpt-5-mini"),
      system: "You are on the phone. Answer in a sentence or two.",
      messages: [...messages],
      tools: { [name]: weather },
      stopWhen: isStepCount(3),
      abortSignal: signal,
    });
    // The model must know what was heard of its answer, not what it wrote.
    messages.push({ role: "assistant", content: await say(textStream, signal) });
  }
};

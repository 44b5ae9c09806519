/**
 * An agent of LiveKit Agents without a LiveKit server: the transport is its ears and mouth.
 *
 *   OPENAI_API_KEY=… deno run -A jsr:@pipecat/runner livekit-agents.ts
 * @module
 */
import { type Bot, createTransport } from "jsr:@pipecat/runner";
import { initializeLogger, llm, voice } from "npm:@livekit/agents@1.9.0";
import { realtime } from "npm:@livekit/agents-plugin-openai@1.9.0";
import { z } from "npm:zod@4";
import { Ears } from "./livekit-ears.ts";
import { Mouth } from "./livekit-mouth.ts";
import { SpeakingAgent } from "./livekit-text.ts";

if (!Deno.env.has("OPENAI_API_KEY")) throw new Error("Set OPENAI_API_KEY to a key of OpenAI.");
initializeLogger({ pretty: false, level: "warn" });

/** Talks with the caller until one of them leaves. */
export const bot: Bot = async (args) => {
  await using transport = await createTransport(args);
  const { rtvi } = transport;
  const weather = llm.tool({
    description: "The weather now.",
    parameters: z.object({ city: z.string() }),
    execute: (input) => rtvi.tool("get_weather", input, () => "Sunny, 21 °C"),
  });
  const instructions = "You are on the phone. Answer in a sentence or two.";
  const mouth = new Mouth(transport);
  const agent = new SpeakingAgent(mouth, { instructions, tools: { get_weather: weather } });
  const model = new realtime.RealtimeModel({ model: "gpt-realtime-2.1" });
  // The model detects turns; the client cancels echoes.
  const turnHandling = { turnDetection: null };
  const session = new voice.AgentSession({
    llm: model,
    vad: null,
    aecWarmupDuration: null,
    turnHandling,
  });
  session.input.audio = new Ears(transport);
  session.output.audio = mouth;
  session.on(
    voice.AgentSessionEventTypes.UserInputTranscribed,
    ({ transcript, isFinal }) => rtvi.userSaid(transcript, { final: isFinal }),
  );
  await session.start({ agent });
  await transport.closed;
  await session.close();
};

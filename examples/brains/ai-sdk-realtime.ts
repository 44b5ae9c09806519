/**
 * Speech to speech with any realtime model of the AI SDK.
 *
 *   OPENAI_API_KEY=… deno run -A jsr:@pipecat/runner ai-sdk-realtime.ts
 * @module
 */
import { type Bot, createTransport } from "jsr:@pipecat/runner";
import { createSpeaker } from "jsr:@pipecat/runner/models";
import { google } from "npm:@ai-sdk/google@4";
import { openai } from "npm:@ai-sdk/openai@4";
import { connectModel } from "./ai-sdk-socket.ts";

const KEYS = ["OPENAI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"];
const key = KEYS.find((name) => Deno.env.get(name));
if (!key) throw new Error(`Set ${KEYS.join(" or ")} to a key of that provider.`);
const { experimental_realtime: realtime } = key === KEYS[0] ? openai : google;
const MODEL = key === KEYS[0] ? "gpt-realtime-2.1" : "gemini-3.1-flash-live-preview";
const PCM = { sampleRate: 24_000, encoding: "base64" } as const;
const getWeather = () => "Sunny, 21 °C";
const parameters = { type: "object" as const, properties: { city: { type: "string" as const } } };
const config = {
  inputAudioFormat: { type: "audio/pcm", rate: 24_000 },
  inputAudioTranscription: {},
  outputAudioTranscription: {},
  tools: [{ type: "function" as const, name: "get_weather", parameters }],
};

/** Talks with the caller until one of them leaves. */
export const bot: Bot = async (args) => {
  await using transport = await createTransport(args);
  const model = await connectModel(realtime(MODEL));
  const speaker = createSpeaker(transport, {
    ...PCM,
    interrupted(itemId, { heardMs: audioEndMs }) {
      void model.send({ type: "conversation-item-truncate", itemId, contentIndex: 0, audioEndMs });
    },
  });
  await model.send({ type: "session-update", config });
  for await (const event of model) {
    if (event.type === "session-created") void model.sendAudio(transport.audio(PCM));
    if (event.type === "speech-started") transport.interrupt();
    if (event.type === "audio-delta") speaker.sound(event.itemId, event.delta);
    if (event.type === "audio-transcript-delta") speaker.text(event.itemId, event.delta);
    if (event.type === "audio-done") speaker.end(event.itemId);
    if (event.type === "input-transcription-completed") transport.rtvi.userSaid(event.transcript);
    if (event.type === "function-call-arguments-done") void use(event);
  }

  async function use(call: { name: string; callId: string; arguments: string }) {
    const { name, callId } = call;
    const output = await transport.rtvi.tool(name, JSON.parse(call.arguments), getWeather).catch(
      String,
    );
    const item = { type: "function-call-output" as const, callId, name, output };
    await model.send({ type: "conversation-item-create", item });
    await model.send({ type: "response-create" });
  }
};

/**
 * Speech to speech with OpenAI's Realtime API.
 *
 *   OPENAI_API_KEY=… deno run -A jsr:@pipecat/runner openai-realtime.ts
 * @module
 */
import { type Bot, createTransport } from "jsr:@pipecat/runner";
import { createSpeaker, jsonSocket } from "jsr:@pipecat/runner/models";
import type * as OpenAI from "npm:openai@7/resources/realtime/realtime";

const KEY = Deno.env.get("OPENAI_API_KEY");
if (!KEY) throw new Error("Set OPENAI_API_KEY: platform.openai.com/api-keys makes one.");
const URL = "wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1";
const PCM = { sampleRate: 24_000, encoding: "base64" } as const;
const getWeather = () => "Sunny, 21 °C";
const parameters = { type: "object", properties: { city: { type: "string" } } };
const session = {
  type: "realtime" as const,
  instructions: "You are on the phone. Answer in a sentence or two.",
  audio: { input: { transcription: { model: "gpt-4o-mini-transcribe" } } },
  tools: [{ type: "function" as const, name: "get_weather", parameters }],
};

/** Talks with the caller until one of them leaves. */
export const bot: Bot = async (args) => {
  await using transport = await createTransport(args);
  const socket = new WebSocket(URL, ["realtime", `openai-insecure-api-key.${KEY}`]);
  await using model = jsonSocket<OpenAI.RealtimeServerEvent, OpenAI.RealtimeClientEvent>(socket);
  const speaker = createSpeaker(transport, {
    ...PCM,
    interrupted(item_id, { heardMs: audio_end_ms }) {
      model.send({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms });
    },
  });
  model.send({ type: "session.update", session });
  const heard = transport.audio(PCM);
  void model.sendAll(heard, (audio) => ({ type: "input_audio_buffer.append", audio }));
  for await (const event of model) {
    if (event.type === "error") console.warn(event.error.message);
    if (event.type === "input_audio_buffer.speech_started") transport.interrupt();
    if (event.type === "response.output_audio.delta") speaker.sound(event.item_id, event.delta);
    if (event.type === "response.output_audio_transcript.delta") {
      speaker.text(event.item_id, event.delta);
    }
    if (event.type === "response.content_part.done") speaker.end(event.item_id);
    if (event.type === "conversation.item.input_audio_transcription.completed") {
      transport.rtvi.userSaid(event.transcript);
    }
    if (event.type === "response.function_call_arguments.done") {
      const { name, call_id, arguments: json } = event;
      void transport.rtvi.tool(name, JSON.parse(json), getWeather).catch(String).then((output) => {
        const item = { type: "function_call_output" as const, call_id, output };
        model.send({ type: "conversation.item.create", item });
        model.send({ type: "response.create" });
      });
    }
  }
};

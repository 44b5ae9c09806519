/**
 * An agent of OpenAI's Agents SDK.
 *
 *   OPENAI_API_KEY=… deno run -A jsr:@pipecat/runner openai-agents.ts
 * @module
 */
import { type Bot, createTransport } from "jsr:@pipecat/runner";
import { createSpeaker } from "jsr:@pipecat/runner/models";
import * as sdk from "npm:@openai/agents-realtime@0.20";
import { z } from "npm:zod@4";

const apiKey = Deno.env.get("OPENAI_API_KEY");
if (!apiKey) throw new Error("Set OPENAI_API_KEY: platform.openai.com/api-keys makes one.");
const instructions = "You are on the phone. Answer in a sentence or two.";
const parameters = z.object({ city: z.string() });
const TRUNCATE = "conversation.item.truncate";
type Event = Record<"type" | "item_id" | "delta" | "transcript", string>;

/** The transport knows what was heard; the SDK alone would estimate it from the clock. */
class Model extends sdk.OpenAIRealtimeWebSocket {
  override _interrupt(_elapsedMs: number, cancel = true): void {
    if (cancel) this._cancelResponse();
    this.emit("audio_interrupted");
  }
}

/** Talks with the caller until one of them leaves. */
export const bot: Bot = async (args) => {
  await using transport = await createTransport(args);
  const name = "get_weather";
  const execute = (args: object) => transport.rtvi.tool(name, { ...args }, () => "Sunny, 21 °C");
  const tools = [sdk.tool({ name, description: "The weather now.", parameters, execute })];
  const agent = new sdk.RealtimeAgent({ name: "Phone", instructions, tools });
  const model = new Model();
  const session = new sdk.RealtimeSession(agent, { transport: model, model: "gpt-realtime-2.1" });
  const speaker = createSpeaker(transport, {
    sampleRate: 24_000,
    interrupted(item_id, { heardMs: audio_end_ms }) {
      if (model.status !== "connected") return; // the caller has left
      model.sendEvent({ type: TRUNCATE, item_id, content_index: 0, audio_end_ms });
    },
  });
  session.on("audio_interrupted", () => transport.interrupt());
  session.on("transport_event", (event) => {
    const { type, item_id, delta, transcript } = event as Event; // as the API sent it
    if (type === "response.output_audio.delta") speaker.sound(item_id, delta);
    if (type === "response.output_audio_transcript.delta") speaker.text(item_id, delta);
    if (type === "response.content_part.done") speaker.end(item_id);
    if (type !== "conversation.item.input_audio_transcription.completed") return;
    transport.rtvi.userSaid(transcript);
  });
  session.on("error", ({ error }) => console.warn(error));
  model.on("disconnected", () => transport.close());
  await session.connect({ apiKey });
  for await (const audio of transport.audio({ sampleRate: 24_000, encoding: "bytes" })) {
    session.sendAudio(audio.buffer);
  }
  session.close();
};

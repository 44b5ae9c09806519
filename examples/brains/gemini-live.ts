/**
 * Speech to speech with the Gemini Live API, which has no event for how much of an answer was heard.
 *
 *   GEMINI_API_KEY=… deno run -A jsr:@pipecat/runner gemini-live.ts
 * @module
 */
import { type Bot, createTransport } from "jsr:@pipecat/runner";
import { createSpeaker, jsonSocket } from "jsr:@pipecat/runner/models";
import type { LiveServerMessage } from "npm:@google/genai@3";

const KEY = Deno.env.get("GEMINI_API_KEY");
if (!KEY) throw new Error("Set GEMINI_API_KEY: aistudio.google.com/apikey makes one.");
const SERVICE = "google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";
const URL = `wss://generativelanguage.googleapis.com/ws/${SERVICE}?key=${KEY}`;
const getWeather = () => "Sunny, 21 °C";
const parametersJsonSchema = { type: "object", properties: { city: { type: "string" } } };
const setup = {
  model: "models/gemini-3.1-flash-live-preview",
  generationConfig: { responseModalities: ["AUDIO"] },
  systemInstruction: { parts: [{ text: "You are on the phone. Answer in a sentence or two." }] },
  inputAudioTranscription: {},
  outputAudioTranscription: {},
  tools: [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema }] }],
};

/** Talks with the caller until one of them leaves. */
export const bot: Bot = async (args) => {
  await using transport = await createTransport(args);
  await using model = jsonSocket<LiveServerMessage, object>(new WebSocket(URL));
  const speaker = createSpeaker(transport, { sampleRate: 24_000 });
  let [turn, said] = [0, ""];
  model.send({ setup });
  for await (const { setupComplete, serverContent = {}, toolCall } of model) {
    const { inputTranscription, outputTranscription, modelTurn } = serverContent;
    if (setupComplete) {
      void model.sendAll(transport.audio({ sampleRate: 16_000, encoding: "base64" }), (data) => ({
        realtimeInput: { audio: { data, mimeType: "audio/pcm;rate=16000" } },
      }));
    }
    if (serverContent.interrupted) transport.interrupt();
    said += inputTranscription?.text ?? "";
    if (modelTurn && said) {
      transport.rtvi.userSaid(said);
      said = "";
    }
    for (const { inlineData } of modelTurn?.parts ?? []) {
      speaker.sound(`${turn}`, inlineData?.data ?? "");
    }
    if (outputTranscription) speaker.text(`${turn}`, outputTranscription.text ?? "");
    if (serverContent.generationComplete) speaker.end(`${turn}`);
    if (serverContent.turnComplete) speaker.end(`${turn++}`);
    for (const { id = "", name = "", args = {} } of toolCall?.functionCalls ?? []) {
      void transport.rtvi.tool(name, args, getWeather).catch(String).then((result) => {
        const functionResponses = [{ id, name, response: { result } }];
        model.send({ toolResponse: { functionResponses } });
      });
    }
  }
};

/**
 * The ears of cascade.ts: Deepgram's streaming recognition.
 *
 * @module
 */
import { jsonSocket } from "jsr:@pipecat/runner/models";
import type { Deepgram } from "npm:@deepgram/sdk@5";

const KEY = Deno.env.get("DEEPGRAM_API_KEY");
if (!KEY) throw new Error("Set DEEPGRAM_API_KEY: console.deepgram.com makes one.");
const URL = "wss://api.deepgram.com/v1/listen?model=nova-3&smart_format=true&vad_events=true" +
  "&endpointing=300&encoding=linear16&sample_rate=16000";
type Message = Deepgram.listen.ListenV1Results | Deepgram.listen.ListenV1SpeechStarted;

/** What is heard: that somebody speaks, then what they said. */
export type Heard = { readonly type: "speaks" } | { readonly type: "said"; readonly text: string };

/** Recognizes speech (16-bit PCM at 16 kHz) until the sound ends. */
export async function* recognize(
  audio: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Heard> {
  await using socket = jsonSocket<Message, object>(new WebSocket(URL, ["token", KEY!]));
  void socket.sendAll(audio, (bytes) => bytes);
  let text = "";
  for await (const message of socket) {
    if (message.type === "SpeechStarted") yield { type: "speaks" };
    if (message.type !== "Results" || !message.is_final) continue;
    text = `${text} ${message.channel.alternatives[0]?.transcript ?? ""}`.trim();
    if (!message.speech_final || text === "") continue;
    yield { type: "said", text };
    text = "";
  }
}

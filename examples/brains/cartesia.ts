/**
 * The voice of cascade.ts: Cartesia's streaming synthesis.
 *
 * @module
 */
import type { Transport } from "jsr:@pipecat/runner";
import { createSpeaker, jsonSocket } from "jsr:@pipecat/runner/models";
import type { WebsocketResponse } from "npm:@cartesia/cartesia-js@4/resources/tts";

const KEY = Deno.env.get("CARTESIA_API_KEY");
if (!KEY) throw new Error("Set CARTESIA_API_KEY: play.cartesia.ai/keys makes one.");
const URL = `wss://api.cartesia.ai/tts/websocket?cartesia_version=2026-03-01&api_key=${KEY}`;
const VOICE = {
  model_id: "sonic-3.5",
  voice: { mode: "id", id: "a0e99841-438c-4a64-b679-ae501e7d6091" },
  output_format: { container: "raw", encoding: "pcm_s16le", sample_rate: 24_000 },
  add_timestamps: true,
};

/** Speaks text as it arrives; resolves with the part that was heard. */
export type Say = (text: AsyncIterable<string>, signal: AbortSignal) => Promise<string>;

/** Connects a voice to a call; the connection ends with the signal. */
export function connectVoice(transport: Transport, over: AbortSignal): Say {
  const socket = jsonSocket<WebsocketResponse, object>(new WebSocket(URL));
  over.addEventListener("abort", () => socket.close());
  const heard = new Map<string, string>();
  const speaker = createSpeaker(transport, {
    sampleRate: 24_000,
    interrupted: (id, { heardText }) => heard.set(id, heardText),
  });
  void listen();
  return async (text, signal) => {
    const context_id = crypto.randomUUID();
    signal.addEventListener("abort", () => socket.send({ context_id, cancel: true }));
    let whole = "";
    for await (const transcript of text) {
      whole += transcript;
      speaker.text(context_id, transcript);
      socket.send({ ...VOICE, context_id, transcript, continue: true });
    }
    if (!signal.aborted) socket.send({ ...VOICE, context_id, transcript: "", continue: false });
    await transport.drained();
    return heard.get(context_id) ?? whole;
  };

  async function listen() {
    for await (const event of socket) {
      if (event.type === "chunk") speaker.sound(event.context_id, event.data);
      if (event.type === "done") speaker.end(event.context_id);
      if (event.type === "error") console.warn(event.message);
      if (event.type !== "timestamps") continue;
      const { words = [], start = [] } = event.word_timestamps ?? {};
      for (const [i, text] of words.entries()) {
        speaker.word(event.context_id, { text, startMs: 1000 * (start[i] ?? 0) });
      }
    }
  }
}

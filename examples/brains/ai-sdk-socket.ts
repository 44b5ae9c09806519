/**
 * The connection of ai-sdk-realtime.ts: it turns any provider's events into the AI SDK's.
 *
 * @module
 */
import { jsonSocket } from "jsr:@pipecat/runner/models";
import type * as ai from "npm:ai@7";

/** A connection with a realtime model. */
export interface ModelSocket extends AsyncIterable<ai.Experimental_RealtimeServerEvent> {
  /** Sends an event; does nothing if the provider has no such event. */
  send(event: ai.Experimental_RealtimeClientEvent): Promise<void>;
  /** Sends all sound (16-bit PCM in base64), then closes the connection. */
  sendAudio(sound: AsyncIterable<string>): Promise<void>;
}

/** Connects to a model, which must have no other connection. */
export async function connectModel(model: ai.Experimental_RealtimeModel): Promise<ModelSocket> {
  if (!model.getServerWebSocketConfig) throw new Error(`${model.modelId} is for browsers only.`);
  const { url, ...options } = await model.getServerWebSocketConfig();
  const socket = jsonSocket<unknown, unknown>(new WebSocket(url, options));
  const send = async (event: ai.Experimental_RealtimeClientEvent) => {
    const message = await model.serializeClientEvent(event);
    if (message !== null) socket.send(message);
  };
  return {
    async *[Symbol.asyncIterator]() {
      let said: ai.Experimental_RealtimeServerEvent | undefined;
      for await (const message of socket) {
        for (const event of [model.parseServerEvent(message)].flat()) {
          // Google's transcript grows: it is complete when the model answers.
          if (said && /^audio-delta$|-done$/.test(event.type)) {
            yield said;
            said = undefined;
          }
          if (event.type === "input-transcription-completed") said = event;
          else yield event;
        }
      }
    },
    send,
    async sendAudio(sound) {
      for await (const audio of sound) await send({ type: "input-audio-append", audio });
      socket.close();
    },
  };
}

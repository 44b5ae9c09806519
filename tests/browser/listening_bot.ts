/**
 * A bot that echoes, answers RTVI, and remembers what it was told, for tests.
 *
 * @module
 */
import type { Bot, RunnerArguments } from "../../src/core/bot.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import type { RtviClientMessage } from "../../src/rtvi/protocol.ts";
import { createTransport } from "../../src/transports/create.ts";
import type { Transport } from "../../src/transports/transport.ts";

/** What a bot has heard, mono. */
export interface Heard {
  readonly sampleRate: number;
  readonly samples: readonly number[];
}

/** What is known of the bot's last call. */
export interface ListeningBot {
  readonly bot: Bot;
  /** The arguments of each call, the last one last. */
  readonly calls: readonly RunnerArguments[];
  /** The transport of the last call. */
  readonly transport: Transport;
  /** The next `milliseconds` of what the bot hears. */
  record(milliseconds: number): Promise<Heard>;
  /** The same as samples alone. */
  hear(milliseconds: number): Promise<readonly number[]>;
}

/** Makes the bot. It sends audio back as it comes. */
export function listeningBot(): ListeningBot {
  const calls: RunnerArguments[] = [];
  const listeners = new Set<(frame: AudioFrame) => void>();
  let transport: Transport | undefined;
  return {
    calls,
    get transport() {
      if (!transport) throw new Error("Nobody has called.");
      return transport;
    },
    async bot(args) {
      calls.push(args);
      await using call = await createTransport(args);
      transport = call;
      void answer(call);
      const writer = call.writable.getWriter();
      for await (const frame of call.readable) {
        if (frame.type === "audio") {
          for (const listener of listeners) listener(frame);
        }
        await writer.write(frame);
      }
    },
    record,
    hear: async (milliseconds) => (await record(milliseconds)).samples,
  };

  function record(milliseconds: number): Promise<Heard> {
    const { promise, resolve } = Promise.withResolvers<Heard>();
    const samples: number[] = [];
    const listener = (frame: AudioFrame): void => {
      samples.push(...frame.samples);
      if (samples.length < (frame.sampleRate * milliseconds) / 1000) return;
      listeners.delete(listener);
      resolve({ samples, sampleRate: frame.sampleRate });
    };
    listeners.add(listener);
    return promise;
  }
}

async function answer({ rtvi }: Transport): Promise<void> {
  for await (
    const message of rtvi.messages as AsyncIterable<RtviClientMessage>
  ) {
    if (message.type === "client-message") {
      if (message.data.t === "unknown") {
        rtvi.refuse(message, "I do not know that.");
      } else rtvi.respond(message, { heard: message.data.d });
    }
    if (message.type === "send-text") {
      rtvi.send("bot-output", {
        text: `You wrote: ${message.data.content}`,
        aggregated_by: "sentence",
        spoken: false,
      });
    }
  }
}

/**
 * A bot that echoes, answers RTVI, and remembers what it was told, for tests.
 *
 * @module
 */
import type { Bot, RunnerArguments } from "../../src/core/bot.ts";
import type { RtviClientMessage } from "../../src/rtvi/protocol.ts";
import { createTransport } from "../../src/transports/create.ts";
import type { Transport } from "../../src/transports/transport.ts";

/** Samples per second of what the bot hears, in Hz. */
export const HEARD_RATE = 16_000;

/** What is known of the bot's last call. */
export interface ListeningBot {
  readonly bot: Bot;
  /** The arguments of each call, the last one last. */
  readonly calls: readonly RunnerArguments[];
  /** The transport of the last call. */
  readonly transport: Transport;
  /** The next `milliseconds` of what the bot hears, 16 kHz mono. */
  hear(milliseconds: number): Promise<number[]>;
}

/** Makes the bot. It sends audio back as it comes. */
export function listeningBot(): ListeningBot {
  const calls: RunnerArguments[] = [];
  const listeners = new Set<(samples: Int16Array) => void>();
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
          for (const listener of listeners) listener(frame.samples);
        }
        await writer.write(frame);
      }
    },
    hear(milliseconds) {
      const { promise, resolve } = Promise.withResolvers<number[]>();
      const heard: number[] = [];
      const listener = (samples: Int16Array): void => {
        heard.push(...samples);
        if (heard.length < (HEARD_RATE * milliseconds) / 1000) return;
        listeners.delete(listener);
        resolve(heard);
      };
      listeners.add(listener);
      return promise;
    },
  };
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

/**
 * Somebody who talks to a bot with sound and RTVI, over any way.
 *
 * @module
 */
import * as z from "../core/zod.ts";
import { createConverter } from "../audio/convert.ts";
import type { Socket } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import { areKeys, KEYS } from "../core/keys.ts";
import { RTVI_LABEL, RTVI_VERSION } from "../rtvi/protocol.ts";
import { decodeFrame, encodeAudio, encodeMessage } from "../serializers/protobuf.ts";
import { type CallEnd, callEnd } from "./caller.ts";
import type { CallClock } from "./clock.ts";
import { createTalker, type Talker } from "./talker.ts";

/** Somebody who talks to a bot with sound and RTVI. Disposing leaves. */
export interface RtviCaller extends Talker, AsyncDisposable {
  /** The bot's first 10 000 messages, RTVI and other, in order. */
  readonly messages: readonly unknown[];
  /** Resolves when the call is over. */
  readonly ended: Promise<CallEnd>;
  /** Sends a text as if it were typed: `send-text`. */
  sendText(content: string): void;
  /** Sends a message of the application: `client-message`. */
  sendMessage(type: string, data?: unknown): void;
}

/** What an {@link RtviCaller} needs. */
export interface RtviCallerOptions {
  /** Carries Pipecat's protobuf frames. */
  readonly socket: Socket;
  readonly clock: CallClock;
  /** For what is said and what is heard, in Hz. */
  readonly sampleRate: number;
  /** Streams silence while nothing is said. */
  readonly silence: boolean;
  /** Resolves when the server has nothing left to do for this call. */
  readonly settled: () => Promise<void>;
}

const botTold = z.discriminatedUnion("type", [
  z.object({ type: z.literal("bot-ready") }),
  z.object({
    type: z.literal("error"),
    data: z.object({ error: z.optional(z.string()), fatal: z.optional(z.boolean()) }),
  }),
]);
const CHUNK_MS = 20;
const READY_MS = 10_000;
const MOST_MESSAGES = 10_000;

/**
 * Says `client-ready` and waits up to 10 s for `bot-ready`.
 *
 * @throws {RunnerError} `not_connected` if the bot is not ready in time.
 */
export async function createRtviCaller(options: RtviCallerOptions): Promise<RtviCaller> {
  const { socket, clock, sampleRate, silence, settled } = options;
  const messages: unknown[] = [];
  const converter = createConverter({ sampleRate });
  const { promise: ready, resolve: isReady, reject: notReady } = Promise.withResolvers<void>();
  const { promise: ended, resolve: end } = Promise.withResolvers<CallEnd>();
  let left = false;
  /** Why the bot failed, as it reported. */
  let failure: string | undefined;

  const talker = createTalker({
    clock,
    sampleRate,
    chunkMs: CHUNK_MS,
    silence,
    bufferMs: 0,
    send: (samples) => socket.send(encodeAudio({ samples, sampleRate, channels: 1 })),
  });
  const send = (type: string, data: unknown) =>
    socket.send(encodeMessage({ id: crypto.randomUUID(), label: RTVI_LABEL, type, data }));
  const cancel = clock.schedule(() => {
    notReady(new RunnerError("not_connected", "The bot was not ready in time."));
  }, READY_MS);
  socket.receive((message) => {
    const frame = typeof message === "string" ? undefined : decodeFrame(message);
    if (frame?.type === "audio") talker.playback.play(converter.convert(frame));
    if (frame?.type !== "message") return;
    if (messages.length < MOST_MESSAGES) messages.push(frame.data);
    talker.read(frame.data);
    const told = botTold.safeParse(frame.data).data;
    if (told?.type === "bot-ready") isReady();
    else if (told?.data.fatal === true) failure = told.data.error ?? "The bot failed.";
  });
  void socket.closed.then((closed) => {
    cancel();
    const unheardMs = talker.playback.queuedMs;
    end({
      ...callEnd(left ? "caller" : "server", unheardMs, closed),
      ...(failure === undefined ? {} : { failure }),
    });
    talker.end();
    notReady(new RunnerError("not_connected", "The bot left before it was ready."));
  });
  const hangUp = async () => {
    left = true;
    socket.close({ closeCode: 1000 });
    await ended;
  };

  talker.mouth.begin();
  send("client-ready", { version: RTVI_VERSION, about: { library: "@pipecat/runner/testing" } });
  try {
    await ready;
  } catch (error) {
    await hangUp();
    throw error;
  } finally {
    cancel();
  }
  return {
    sampleRate,
    ...talker.doings,
    transcript: talker.transcript,
    tools: talker.tools,
    messages,
    ended,
    get queuedMs() {
      return talker.playback.queuedMs;
    },
    press(keys) {
      if (!areKeys(keys)) throw new RangeError(`A key is one of ${KEYS}.`);
      send("dtmf", { buttons: [...keys] });
    },
    sendText: (content) => send("send-text", { content }),
    sendMessage: (t, d) => send("client-message", d === undefined ? { t } : { t, d }),
    hangUp,
    async [Symbol.asyncDispose]() {
      await hangUp();
      await settled();
    },
  };
}

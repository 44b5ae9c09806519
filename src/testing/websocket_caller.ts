/**
 * Somebody who talks with a bot over a plain WebSocket, as a browser's client does.
 *
 * @module
 */
import { createConverter } from "../audio/convert.ts";
import { RunnerError } from "../core/error.ts";
import { areKeys, KEYS } from "../core/keys.ts";
import { option, type OptionParsers } from "../core/options.ts";
import { parseSpelledOptions } from "../core/spelled_options.ts";
import { RTVI_LABEL, RTVI_VERSION } from "../rtvi/protocol.ts";
import { decodeFrame, encodeAudio, encodeMessage } from "../serializers/protobuf.ts";
import { OPTIONS as CALL_OPTIONS } from "./call_options.ts";
import { type CallEnd, callEnd } from "./caller.ts";
import type { CallClock } from "./clock.ts";
import type { FetchTarget } from "./memory_platform.ts";
import { clockOf, type Pace } from "./pace.ts";
import { serverOf } from "./server.ts";
import { createTalker, type Talker } from "./talker.ts";

/** How to visit a bot. */
export interface WebSocketCallOptions {
  /** As for a phone call. Default: real. */
  readonly pace?: Pace;
  /** Another clock in place of that of `pace`. */
  readonly clock?: CallClock;
  /** The origin that a runner in this process is called under. Default: `https://bot.test`. */
  readonly origin?: string;
  /** Where the WebSocket is opened, such as the `wsUrl` of `POST /start`. Default: `/ws-client`. */
  readonly path?: string;
}

/** Somebody who talks with a bot over a plain WebSocket, at 24 kHz. Disposing leaves. */
export interface WebSocketCaller extends Talker, AsyncDisposable {
  /** All messages of the bot, RTVI and other, in their order: the first 10 000. */
  readonly messages: readonly unknown[];
  /** Resolves when the call is over. */
  readonly ended: Promise<CallEnd>;
  /** Sends a text, as if it was typed: `send-text`. */
  sendText(content: string): void;
  /** Sends a message of the application: `client-message`. */
  sendMessage(type: string, data?: unknown): void;
}

const OPTIONS: OptionParsers<WebSocketCallOptions> = {
  pace: CALL_OPTIONS.pace,
  clock: CALL_OPTIONS.clock,
  origin: CALL_OPTIONS.origin,
  path: option(
    "a path or an address",
    (value): value is string =>
      typeof value === "string" && URL.canParse(value, "https://bot.test"),
  ),
};
const SAMPLE_RATE = 24_000;
const CHUNK_MS = 20;
const READY_MS = 10_000;
const MOST_MESSAGES = 10_000;

/**
 * Visits a bot: opens the WebSocket, says `client-ready` and waits for `bot-ready`, for 10 s.
 *
 * @param target A runner in this process, or the URL of one anywhere.
 * @throws {RunnerError} `stream_refused` when the WebSocket is not accepted, `not_connected` when the
 * bot is not ready in time; `bad_option` for an option that is wrong, with what it takes.
 *
 * @example
 * ```ts
 * import { createRunner, createTransport } from "@pipecat/runner";
 * import { callWebSocket } from "@pipecat/runner/testing";
 *
 * const runner = createRunner(async (args) => {
 *   await using transport = await createTransport(args);
 *   transport.rtvi.userSaid("Hello.");
 *   await transport.readable.pipeTo(transport.writable);
 * });
 * await using caller = await callWebSocket(runner, { pace: "virtual" });
 * await caller.say(new Int16Array(24_000).fill(1000));
 * console.log(await caller.untilSpeech(), caller.transcript);
 * ```
 */
export async function callWebSocket(
  target: FetchTarget | string | URL,
  given: WebSocketCallOptions = {},
): Promise<WebSocketCaller> {
  const options = parseSpelledOptions<WebSocketCallOptions>(OPTIONS, given);
  const { pace = "real" } = options;
  const clock = options.clock ?? clockOf(pace);
  const server = serverOf(target, { ...options, clock });
  const address = new URL(options.path ?? "/ws-client", server.url);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = await server.connect(address, {});
  const messages: unknown[] = [];
  const converter = createConverter({ sampleRate: SAMPLE_RATE });
  const { promise: ready, resolve: isReady, reject: notReady } = Promise.withResolvers<void>();
  const { promise: ended, resolve: end } = Promise.withResolvers<CallEnd>();
  let left = false;

  const talker = createTalker({
    clock,
    sampleRate: SAMPLE_RATE,
    chunkMs: CHUNK_MS,
    silence: pace !== "fast",
    bufferMs: 0,
    send: (samples) => socket.send(encodeAudio({ samples, sampleRate: SAMPLE_RATE, channels: 1 })),
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
    if (isBotReady(frame.data)) isReady();
  });
  void socket.closed.then((closed) => {
    cancel();
    const unheardMs = talker.playback.queuedMs;
    end(callEnd(left ? "caller" : "server", unheardMs, closed));
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
    sampleRate: SAMPLE_RATE,
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
      await server.settled();
    },
  };
}

function isBotReady(message: unknown): boolean {
  return typeof message === "object" && message !== null && "type" in message &&
    message.type === "bot-ready";
}

/**
 * What a bot talks through, the same for a browser, a phone and a room.
 *
 * @module
 */
import type { TransportName } from "../core/bot.ts";
import type { CallObserver } from "../core/call_observer.ts";
import type { CallStats } from "../core/call_stats.ts";
import type { Duplex } from "../core/duplex.ts";
import type { Frame } from "../core/frame.ts";
import type { PeerAudio } from "../core/peer.ts";
import type { Heard } from "../core/playback.ts";
import type { ImageFrame, SnapshotOptions, VideoIn } from "../core/video.ts";
import type { BackgroundOptions, BackgroundSound } from "./background.ts";
import type { KeysOptions } from "./keypad.ts";
import type { AudioEncodings, AudioOptions } from "./reading.ts";
import { LAST_WORDS_MS } from "../sessions/ending.ts";
import type { RtviChannel } from "../rtvi/channel.ts";
import type { Sayable, SayOptions, Utterance } from "./utterance.ts";
import type { BotCapabilities } from "../rtvi/server_messages.ts";

/** How a transport behaves; every field has a default. */
export interface TransportParams {
  /** Sample rate to read at, in Hz: 16000 for WebRTC and WebSocket, the call's own on the phone. */
  readonly audioInSampleRate?: PeerAudio["sampleRate"];
  /** Channels to read. Default: 1. */
  readonly audioInChannels?: PeerAudio["channels"];
  /**
   * Sample rate at which the client plays, in Hz: 24000 for WebSocket, whose browser client plays
   * everything at its own rate. Other transports know theirs.
   */
  readonly audioOutSampleRate?: PeerAudio["sampleRate"];
  /**
   * What the bot wants to see, over WebRTC: pictures at a rate, or with `transport.snapshot`, or
   * the whole encoded video. Default: nothing; then video costs nothing.
   */
  readonly videoIn?: VideoIn;
  /**
   * Who answers the RTVI handshake: `auto` (the transport, as soon as the client is ready) or
   * `manual` (the bot, which finds `client-ready` among `transport.rtvi.messages`). Whoever answers
   * also acknowledges `send-text` with `user-input`.
   */
  readonly rtvi?: "auto" | "manual";
  /**
   * What the bot can do, such as `metrics: true`, for clients that show only the controls that
   * apply. For what is absent, the transport decides, or it does not apply.
   */
  readonly capabilities?: BotCapabilities;
}

/**
 * A duplex of frames. Disposing it lets the other side hear what was written; `close` does not.
 *
 * The transport keeps the latest 5 s of what comes in for its readers. `readable`, `audio()` and
 * `frames()` are separate readers: each gets everything, however fast the others are, but one that
 * falls more than 5 s behind loses the oldest. The first reader begins at the beginning. A later
 * one begins now if another is reading, otherwise where the last one stopped. If nobody reads for 5
 * s, the log says so once.
 */
export interface Transport extends Duplex<Frame> {
  /** The transport of the session, as in `args.transport`. */
  readonly name: TransportName;
  /**
   * Resolves when media can flow, which on the phone and in a room is at once. Rejects with a
   * `RunnerError`, `not_connected` or `connect_timeout`, if the call ends before.
   */
  readonly connected: Promise<void>;
  /** RTVI messages, separate from the media. */
  readonly rtvi: RtviChannel;
  /**
   * What the user says, mono, in pieces as they arrive. You can leave a loop over it, and continue
   * with another loop over the same iterable.
   *
   * @throws {RunnerError} `bad_option` for an unknown rate or encoding.
   *
   * @example
   * ```ts
   * import type { Transport } from "@pipecat/runner";
   *
   * async function listen(transport: Transport, recognizer: WebSocket): Promise<void> {
   *   for await (const audio of transport.audio({ sampleRate: 24_000, encoding: "base64" })) {
   *     recognizer.send(JSON.stringify({ type: "input_audio_buffer.append", audio }));
   *   }
   * }
   * ```
   */
  audio<Encoding extends keyof AudioEncodings = "pcm">(
    options?: AudioOptions<Encoding>,
  ): AsyncIterable<AudioEncodings[Encoding]>;
  /** Everything that comes in, in the way that {@link Transport.audio} returns the sound. */
  frames(): AsyncIterable<Frame>;
  /**
   * Waits for keys from a phone or a browser. Unread keys that were pressed before count: callers
   * type ahead. Without options it waits for one key. Concurrent calls wait for each other.
   *
   * @throws {RunnerError} `session_ended` if the call ends before; `bad_option`.
   *
   * @example
   * ```ts
   * import type { Transport } from "@pipecat/runner";
   *
   * async function askPin(transport: Transport): Promise<string | undefined> {
   *   const pin = await transport.keys({ until: "#", count: 6, timeoutMs: 5000 });
   *   return pin === "" ? undefined : pin;
   * }
   * ```
   */
  keys(options?: KeysOptions): Promise<string>;
  /**
   * Plays a sound under everything that the bot says, and in its pauses: music on hold, or room
   * tone. It does not count as said or heard, and several can play at once. It is read one second
   * ahead.
   *
   * @throws {RunnerError} `bad_option` for a gain that is not a number from 0.
   *
   * @example
   * ```ts
   * import type { AudioFrame, Transport } from "@pipecat/runner";
   * import { repeat } from "@pipecat/runner/audio";
   *
   * async function hold(transport: Transport, music: AudioFrame, work: Promise<void>): Promise<void> {
   *   const playing = transport.background(repeat(music), { gain: 0.2 });
   *   await work;
   *   playing.stop();
   * }
   * ```
   */
  background(sound: Sayable, options?: BackgroundOptions): BackgroundSound;
  /**
   * Drops what is written but not yet heard, for when the user interrupts. Returns how much was
   * heard of everything written since the last interruption, or since `drained()` last resolved.
   * See `say` for its accuracy.
   */
  interrupt(): Heard;
  /** Resolves when all audio written so far has been heard or interrupted, with the same figure. */
  drained(): Promise<Heard>;
  /**
   * Shows a picture, a lossy WebP of at most 1 MiB, from now on, also to whoever joins later.
   * `false` turns the bot's camera off. Pictures written to `writable` are shown when the sound
   * before them is heard. Only WebRTC shows pictures.
   *
   * @throws {RunnerError} `bad_picture` for anything else, with how to make one.
   */
  show(picture: Uint8Array | false): void;
  /**
   * Takes a picture now from the user's camera or screen, which `videoIn` must have asked for.
   *
   * @example
   * ```ts
   * import { createTransport, type RunnerArguments } from "@pipecat/runner";
   *
   * export async function bot(args: RunnerArguments): Promise<void> {
   *   const videoIn = { camera: "onRequest" } as const;
   *   await using transport = await createTransport(args, { videoIn });
   *   const { data, width, height } = await transport.snapshot({ source: "camera" });
   *   await fetch("https://vision.example.com", { method: "POST", body: new Uint8Array(data) });
   * }
   * ```
   * @throws {RunnerError} `no_picture` if none can be taken, with the reason.
   */
  snapshot(options?: SnapshotOptions): Promise<ImageFrame>;
  /**
   * Says something, after everything already queued: one frame, or many as they arrive. What you
   * say and what you write to `writable` is heard in the order of your calls.
   *
   * Carriers that acknowledge marks report what was heard: Twilio, Telnyx, Plivo, Exotel, Vonage
   * and Asterisk. Elsewhere it is estimated: sent audio is heard about 100 ms later.
   *
   * @example
   * ```ts
   * import type { AudioFrame, Transport } from "@pipecat/runner";
   *
   * async function answer(transport: Transport, text: string, sound: ReadableStream<AudioFrame>) {
   *   const utterance = transport.say(sound, { text });
   *   const { interrupted } = await utterance.done;
   *   return interrupted ? utterance.heardText : text;
   * }
   * ```
   */
  say(sound: Sayable, options?: SayOptions): Utterance;
  /**
   * Falls silent and keeps what is not yet heard, for when the user may be about to interrupt. What
   * the other side already has, up to 100 ms, is still heard.
   */
  pause(): void;
  /** Continues where `pause` stopped. An interruption drops what was kept, and also continues. */
  resume(): void;
  /**
   * How well the call goes, or went: the round trip, loss and jitter in both directions, and how
   * soon the bot was heard.
   *
   * @example
   * ```ts
   * import type { Transport } from "@pipecat/runner";
   *
   * async function report(transport: Transport): Promise<void> {
   *   await transport.closed;
   *   const { roundTripMs, user } = transport.stats();
   *   console.log({ roundTripMs, mos: user?.mos });
   * }
   * ```
   */
  stats(): CallStats;
  /**
   * Reports from now on what is heard, said and pressed, as it is heard: recorders see more there
   * than in the frames that a bot reads and writes. Absent if a transport cannot tell.
   */
  observe?(observer: CallObserver): void;
}

/**
 * Closes the connection of a disposed transport a moment later. A failing bot disposes its
 * transport on the way out, and the session must still be able to tell the client why.
 */
export function closeSoon(
  connection: Pick<Duplex<unknown>, "close" | "closed">,
  close: () => void = () => connection.close(),
): void {
  const timer = setTimeout(close, LAST_WORDS_MS);
  void connection.closed.then(() => clearTimeout(timer));
}

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
  /** Sample rate of what is read, in Hz: 16000 for WebRTC and WebSocket, the call's own on the phone. */
  readonly audioInSampleRate?: PeerAudio["sampleRate"];
  /** Channels of what is read. Default: 1. */
  readonly audioInChannels?: PeerAudio["channels"];
  /**
   * Sample rate that the client plays at, in Hz: 24000 for WebSocket, whose browser client plays what
   * it gets at its own rate. Other transports know theirs.
   */
  readonly audioOutSampleRate?: PeerAudio["sampleRate"];
  /**
   * What the bot wants to see, over WebRTC: pictures at a pace, or with `transport.snapshot`, or all
   * video as it is coded. Default: nothing, and then video costs nothing.
   */
  readonly videoIn?: VideoIn;
  /**
   * Who answers the RTVI handshake: `auto` (the transport, as soon as the client is ready) or
   * `manual` (the bot, which finds `client-ready` among `transport.rtvi.messages`). Who answers also
   * acknowledges `send-text` with `user-input`.
   */
  readonly rtvi?: "auto" | "manual";
  /**
   * What the bot does, for clients that show only the controls which apply, such as `metrics: true`.
   * What is absent the transport knows by itself, or nobody does.
   */
  readonly capabilities?: BotCapabilities;
}

/**
 * A duplex of frames. Disposing it lets the other side hear what was written; `close` does not.
 *
 * What comes in is kept for whoever reads it: the latest 5 s. Each of `readable`, `audio()` and
 * `frames()` is a reader of its own and hears everything, however fast the others are; one that is
 * further behind than that loses the oldest. A reader that is made while another one reads begins with
 * what comes now, else where the last one has stopped; the first begins at the beginning. While nobody
 * reads for 5 s, the log says so once.
 */
export interface Transport extends Duplex<Frame> {
  /** The transport of the session, as in `args.transport`. */
  readonly name: TransportName;
  /**
   * Resolves when media can flow: on the phone and in a room it can from the beginning. Rejects with a
   * `RunnerError`, `not_connected` or `connect_timeout`, when the call ends before.
   */
  readonly connected: Promise<void>;
  /** RTVI messages, apart from the media. */
  readonly rtvi: RtviChannel;
  /**
   * What the user says, mono, in pieces as they come. A loop over it may be left, and another one over
   * the same iterable goes on.
   *
   * @throws {RunnerError} `bad_option` for a rate or an encoding that there is not.
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
  /** All that comes in, as {@link Transport.audio} gives the sound of it. */
  frames(): AsyncIterable<Frame>;
  /**
   * Waits for keys, of a phone or a browser. Keys that were pressed before, and that nobody has asked for,
   * count: callers type ahead. Without options it is one key; of several who ask, each waits for the one
   * before.
   *
   * @throws {RunnerError} `session_ended` when the call ends before; `bad_option`.
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
   * Plays a sound under all that the bot says, and in its pauses: music on hold, or the tone of a room.
   * It does not count as said or heard, and several play at once. It is read a second ahead.
   *
   * @throws {RunnerError} `bad_option` for a gain that is no number from 0.
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
   * Drops what is written but not yet heard, for when the user interrupts. Tells how much was heard of
   * all that was written since the last interruption, or since `drained()` last resolved.
   * How near that is: see `say`.
   */
  interrupt(): Heard;
  /** Resolves when all audio written so far has been heard, or was interrupted, and tells the same. */
  drained(): Promise<Heard>;
  /**
   * Shows a picture, a lossy WebP of at most 1 MiB, from now on: also to whoever joins later. `false`
   * turns the bot's camera off. Pictures that are written to `writable` are shown when the sound
   * before them is heard. Nobody sees them but over WebRTC.
   *
   * @throws {RunnerError} `bad_picture` for anything else, with how to make one.
   */
  show(picture: Uint8Array | false): void;
  /**
   * Takes a picture from now of the user's camera or screen, which `videoIn` has asked for.
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
   * @throws {RunnerError} `no_picture` when there is none to be had, with the reason.
   */
  snapshot(options?: SnapshotOptions): Promise<ImageFrame>;
  /**
   * Says something, behind all that is being said: a frame, or many as they come. What is said and
   * what is written to `writable` are heard in the order in which they come.
   *
   * What of it is heard is told by the carrier where it acknowledges marks: Twilio, Telnyx, Plivo,
   * Exotel, Vonage and Asterisk do. Elsewhere it is reckoned: what was sent is heard, some 100 ms
   * later.
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
   * Falls silent, and keeps what is not heard yet, for when the user may be about to interrupt. What
   * the other side has already, up to 100 ms, is heard.
   */
  pause(): void;
  /** Goes on where `pause` has stopped. An interruption drops what was kept, and goes on, too. */
  resume(): void;
  /**
   * Tells how well the call goes, or went: the round trip, loss and jitter both ways, and how soon the
   * bot was heard.
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
   * Tells from now on what is heard, said and pressed, as it is heard: for recorders, which see more
   * there than the frames that a bot reads and writes. Absent where a transport cannot tell.
   */
  observe?(observer: CallObserver): void;
}

/**
 * Closes the connection of a disposed transport a moment later. A bot that fails disposes its
 * transport on the way out, and the session must still be able to tell the client why.
 */
export function closeSoon(
  connection: Pick<Duplex<unknown>, "close" | "closed">,
  close: () => void = () => connection.close(),
): void {
  const timer = setTimeout(close, LAST_WORDS_MS);
  void connection.closed.then(() => clearTimeout(timer));
}

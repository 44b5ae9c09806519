/**
 * The caller's end of a simulated call.
 *
 * @module
 */
import { boundedReadable } from "../core/bounded_readable.ts";
import type { Message, Socket } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import type { AudioFrame } from "../core/frame.ts";
import { areKeys, KEYS } from "../core/keys.ts";
import { type CallChaos, disturb } from "./chaos.ts";
import type { CallClock } from "./clock.ts";
import { createPlayback } from "./playback.ts";
import { type CallParties, type CarrierLine, Violation } from "./simulated_carrier.ts";
import { cutSpeech } from "./speech.ts";

/** How a call ended. */
export interface CallEnd {
  /** Who hung up: the caller, or the server by closing the stream. */
  readonly by: "caller" | "server";
  /** Audio that the server had sent and nobody got to hear, in ms. */
  readonly unheardMs: number;
}

/** Somebody on the phone with a bot. Disposing hangs up, and throws when the server did wrong. */
export interface Caller extends AsyncDisposable {
  /** The carrier's id of the call. */
  readonly callId: string;
  /** The carrier's id of the stream. */
  readonly streamId: string;
  /** The address that the stream was opened at; a second call may try it again. */
  readonly streamUrl: string;
  /** Samples per second of the line, in Hz; one channel. */
  readonly sampleRate: number;
  /**
   * What the caller hears, in pieces of 20 ms or less as they are played; `timestamp` is in ms since
   * the stream was opened. Of what is not read, the newest ten minutes are kept.
   */
  readonly heard: AsyncIterableIterator<AudioFrame>;
  /** Audio that the carrier holds and has not played yet, in ms. */
  readonly queuedMs: number;
  /** The keys that the bot has pressed. */
  readonly digits: string;
  /** What the server sent that the carrier would not take, in plain words. */
  readonly violations: readonly string[];
  /** Resolves when the call is over. */
  readonly ended: Promise<CallEnd>;
  /**
   * Says something: a frame of any sample rate, or samples at the line's own. Resolves when all of
   * it was sent, or the call is over.
   */
  say(audio: Int16Array | AudioFrame): Promise<void>;
  /**
   * Presses keys.
   *
   * @throws {RangeError} When one is not of `0123456789*#ABCD`.
   */
  press(digits: string): void;
  /** Sends any message as it is, for tests of hostile input. */
  send(message: Message): void;
  /** Hangs up; resolves when the stream is closed. */
  hangUp(): Promise<void>;
}

/** What a {@link Caller} is made of. */
export interface CallerOptions {
  readonly line: CarrierLine;
  readonly socket: Socket;
  readonly parties: CallParties;
  readonly streamUrl: string;
  readonly clock: CallClock;
  readonly chaos: CallChaos;
  /** Streams silence while nothing is said, as carriers do. */
  readonly silence: boolean;
  /** Resolves when the server has nothing left to do for this call. */
  readonly settled: () => Promise<void>;
}

const MAX_HEARD_PIECES = 30_000;
const MAX_VIOLATIONS = 100;

/** Puts a caller on a stream that was just opened. */
export function createCaller(options: CallerOptions): Caller {
  const { line, socket, parties, clock, chaos } = options;
  const { sampleRate, chunkMs } = line;
  const chunkSamples = sampleRate * chunkMs / 1000;
  const began = clock.now();
  const heard = boundedReadable<AudioFrame>(MAX_HEARD_PIECES);
  const violations: string[] = [];
  const { promise: ended, resolve: settleEnded } = Promise.withResolvers<CallEnd>();
  /** What is on its way, in either direction; called to lose it. */
  const underway = new Set<() => void>();
  const later = (arrive: () => void) => {
    if (!chaos.latencyMs) return arrive();
    const lose = clock.schedule(() => {
      underway.delete(lose);
      arrive();
    }, chaos.latencyMs);
    underway.add(lose);
  };
  const way = disturb(chaos, (message) => later(() => socket.send(message)));
  const words: { readonly chunks: Int16Array[]; readonly said: () => void }[] = [];
  /** What the clock shall call back for; called to cancel. */
  let cancel: (() => void) | undefined;
  /** After a pause, when the line takes the next chunk at the earliest. */
  let nextDue = 0;
  let started = false;
  let over = false;
  let hungUp = false;
  let digits = "";

  const violate = (detail: string) => {
    if (violations.length < MAX_VIOLATIONS) violations.push(detail);
  };

  const playback = createPlayback({
    clock,
    sampleRate,
    bufferMs: chaos.bufferMs ?? 0,
    heard(samples, time) {
      heard.push({ type: "audio", samples, sampleRate, channels: 1, timestamp: time - began });
      if (chaos.bothTracks) way.media(line.media(samples, "outbound"));
    },
  });

  const receive = (message: Message) => {
    const action = typeof message === "string"
      ? line.receive(message)
      : line.receiveBytes?.(message);
    if (!action) throw new Violation("The server sent a binary message.");
    if (!started) throw new Violation("The server sent something before the stream began.");
    switch (action.type) {
      case "media":
        if (playback.queuedMs > line.maxQueueMs) {
          throw new Violation(`More than ${line.maxQueueMs} ms of audio are queued.`);
        }
        return playback.play(action.samples);
      case "mark":
        return playback.mark(() => way.send(line.mark(action.name)));
      case "clear": {
        const marks = playback.clear();
        if (line.marksOnClear === "returned") { for (const played of marks) played(); }
        if (line.cleared) way.send(line.cleared());
        return;
      }
      case "dtmf":
        digits += action.digits;
        return;
      default:
        return action satisfies never;
    }
  };
  socket.receive((message) =>
    later(() => {
      // What was under way when the caller hung up is nobody's fault.
      if (over || hungUp) return;
      try {
        receive(message);
      } catch (error) {
        if (!(error instanceof Violation)) throw error;
        violate(error.message);
      }
    })
  );

  /** Sends one chunk each `chunkMs`, counted from the first one so that it never drifts. */
  const speak = (due: number) => {
    const [current] = words;
    const chunk = current?.chunks.shift();
    if (chunk || options.silence) {
      way.media(line.media(chunk ?? new Int16Array(chunkSamples), "inbound"));
    }
    if (current && current.chunks.length === 0) {
      words.shift();
      way.flush();
      current.said();
    }
    cancel = undefined;
    if (words.length > 0 || options.silence) speakAt(due + chunkMs);
    else nextDue = due + chunkMs;
  };
  const speakAt = (due: number) => {
    cancel = clock.schedule(() => speak(due), due - clock.now());
  };
  const begin = (start: string | undefined) => {
    cancel = undefined;
    started = true;
    if (start !== undefined) way.send(start);
    if (options.silence || words.length > 0) speakAt(clock.now());
  };
  const end = () => {
    over = true;
    cancel?.();
    for (const lose of underway) lose();
    const unheardMs = playback.queuedMs;
    playback.clear();
    heard.end();
    for (const { said } of words.splice(0)) said();
    settleEnded({ by: hungUp ? "caller" : "server", unheardMs });
  };

  const opening = [...line.opening()];
  const start = opening.pop();
  for (const message of opening) way.send(message);
  for (let count = chaos.earlyMedia ?? 0; count > 0; count--) {
    way.media(line.media(new Int16Array(chunkSamples), "inbound"));
  }
  if (chaos.startDelayMs === undefined) begin(start);
  else cancel = clock.schedule(() => begin(start), chaos.startDelayMs);
  void socket.closed.then(end);

  const caller: Caller = {
    callId: parties.callId,
    streamId: parties.streamId,
    streamUrl: options.streamUrl,
    sampleRate,
    heard: unbreakable(heard.readable),
    violations,
    ended,
    get queuedMs() {
      return playback.queuedMs;
    },
    get digits() {
      return digits;
    },
    say(audio) {
      const chunks = cutSpeech(audio, { sampleRate, chunkSamples });
      if (over || chunks.length === 0) return Promise.resolve();
      const { promise, resolve: said } = Promise.withResolvers<void>();
      words.push({ chunks, said });
      if (started && !cancel) speakAt(Math.max(nextDue, clock.now()));
      return promise;
    },
    press(keys) {
      if (!areKeys(keys)) throw new RangeError(`A key is one of ${KEYS}.`);
      for (const digit of keys) way.send(line.dtmf(digit));
    },
    send: (message) => socket.send(message),
    async hangUp() {
      if (!over && !hungUp) {
        way.flush();
        if (line.stop) way.send(line.stop());
        hungUp = true;
        later(() => socket.close({ closeCode: 1000 }));
      }
      await ended;
    },
    async [Symbol.asyncDispose]() {
      await caller.hangUp();
      await options.settled();
      if (violations.length === 0) return;
      throw new RunnerError(
        "carrier_violations",
        `The carrier would not take what the server sent:\n${violations.join("\n")}`,
      );
    },
  };
  return caller;
}

/** Iterates over a stream; leaving a `for await` does not end it, so that a test may listen again. */
function unbreakable<T>(stream: ReadableStream<T>): AsyncIterableIterator<T> {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done, value };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

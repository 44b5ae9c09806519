/**
 * Somebody who talks to a bot, over any way.
 *
 * @module
 */
import { boundedReadable } from "../core/bounded_readable.ts";
import type { AudioFrame } from "../core/frame.ts";
import type { CallClock } from "./clock.ts";
import { createEar, type Ear, type UntilSpeechOptions } from "./ear.ts";
import { createMouth, type Mouth, type SayOptions } from "./mouth.ts";
import { createPlayback, type Playback } from "./playback.ts";
import { createTranscript, type ToolUse, type TranscriptLine } from "./transcript.ts";

/** Something that was said to a bot. */
export interface Said {
  /**
   * From the caller's last sound to the first sound of the bot's next speech, in ms of the call's
   * clock, exact to the sample. Undefined if, before that, the caller spoke again, the call was
   * over, or a minute had passed; also if the bot speaks all the time, as an echo does. A pause of
   * less than 300 ms ends nothing.
   */
  readonly responseMs: Promise<number | undefined>;
}

/** Something that was said while the bot spoke. */
export interface Interruption extends Said {
  /** How long the bot went on after the caller began, in ms. */
  readonly stoppedMs: Promise<number>;
}

/** Somebody who talks to a bot. All times are in ms since the stream was opened. */
export interface Talker {
  /**
   * Samples per second of what is heard, and of speech without its own rate, in Hz; one channel.
   */
  readonly sampleRate: number;
  /**
   * What is heard, in pieces of at most 20 ms as they are played; `timestamp` is in ms since the
   * stream was opened. The newest ten minutes of unread audio are kept.
   */
  readonly heard: AsyncIterableIterator<AudioFrame>;
  /** Audio that has arrived and was not yet played, in ms. */
  readonly queuedMs: number;
  /**
   * What was said, as the bot reports it with `rtvi.userSaid` and the text of `say`. On the phone
   * it is known only for a bot in this process, because carriers do not carry it.
   */
  readonly transcript: readonly TranscriptLine[];
  /**
   * The tools that the bot used, as it reports with `rtvi.tool`; known whenever `transcript` is.
   */
  readonly tools: readonly ToolUse[];
  /**
   * Says something: a frame of any sample rate, or samples at the line's own. Resolves when all of
   * it was sent, or the call is over. Utterances wait for each other, unless one is said `over`
   * another.
   */
  say(audio: Int16Array | AudioFrame, options?: SayOptions): Promise<Said>;
  /**
   * Says something once the bot, now or next, has spoken for this long, in ms.
   *
   * @throws {RunnerError} `not_heard` if it says nothing for 10 s.
   */
  interruptAfter(ms: number, audio: Int16Array | AudioFrame): Promise<Interruption>;
  /**
   * Resolves with the time at which the bot began to speak: at once if it is speaking.
   *
   * @throws {RunnerError} `not_heard` if it says nothing for 10 s, or the call ends first.
   */
  untilSpeech(options?: UntilSpeechOptions): Promise<number>;
  /**
   * Resolves with the end of the bot's last speech, once it has been silent for this long since the
   * call of this method, or the call is over; 0 if nothing was heard.
   *
   * @param silentMs Default: 1000.
   */
  untilSilence(silentMs?: number): Promise<number>;
  /** Waits this long on the call's clock, in ms, or until the call is over. */
  pause(ms: number): Promise<void>;
  /**
   * Presses keys.
   *
   * @throws {RangeError} If one is not of `0123456789*#ABCD`.
   */
  press(digits: string): void;
  /** Hangs up; resolves when the stream is closed. */
  hangUp(): Promise<void>;
}

/** What a talker needs. */
export interface TalkerOptions {
  readonly clock: CallClock;
  /** For what is said and what is heard, in Hz. */
  readonly sampleRate: number;
  readonly chunkMs: number;
  /** Streams silence while nothing is said. */
  readonly silence: boolean;
  /** After a pause, how long the other side waits for more before it plays what came, in ms. */
  readonly bufferMs: number;
  readonly send: (samples: Int16Array) => void;
  /** Called when something was said to its end. */
  readonly pause?: () => void;
  /** Called with played audio. */
  readonly played?: (samples: Int16Array) => void;
}

/** The parts of a talker that are the same for every way. */
export interface TalkerParts {
  readonly playback: Playback;
  readonly mouth: Pick<Mouth, "begin">;
  /** What a talker does with its ear and its mouth. */
  readonly doings: Pick<
    Talker,
    "heard" | "say" | "interruptAfter" | "untilSpeech" | "untilSilence" | "pause"
  >;
  readonly transcript: readonly TranscriptLine[];
  readonly tools: readonly ToolUse[];
  /** Takes a message of the bot. */
  read(message: unknown): void;
  end(): void;
}

const MOST_PIECES = 30_000;
/** The bot has stopped if it is silent for this long, in ms. */
const STOPPED_MS = 300;

/** Makes the parts of a talker whose stream was just opened. */
export function createTalker(options: TalkerOptions): TalkerParts {
  const { clock, sampleRate, bufferMs, played } = options;
  const began = clock.now();
  const now = () => clock.now() - began;
  const heard = boundedReadable<AudioFrame>(MOST_PIECES);
  const transcript = createTranscript();
  /** What ends each pause. */
  const pauses = new Set<() => void>();
  let over = false;
  const ear: Ear = createEar({ clock, began, sampleRate });
  const mouth = createMouth({ ...options, pause: options.pause ?? (() => {}) });
  const playback = createPlayback({
    clock,
    sampleRate,
    bufferMs,
    heard(samples, time) {
      const timestamp = time - began;
      heard.push({ type: "audio", samples, sampleRate, channels: 1, timestamp });
      ear.hear(samples, timestamp);
      played?.(samples);
    },
  });

  const say: Talker["say"] = async (audio, how) => {
    ear.forget();
    const last = await mouth.say(audio, how);
    if (last === undefined) return { responseMs: Promise.resolve(undefined) };
    const end = last - began;
    const answered = ear.beginningAfter(end);
    return { responseMs: answered.then((at) => at === undefined ? undefined : at - end) };
  };
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      if (over) return resolve();
      const end = () => {
        cancel();
        pauses.delete(end);
        resolve();
      };
      const cancel = clock.schedule(end, ms);
      pauses.add(end);
    });
  return {
    playback,
    mouth,
    transcript: transcript.lines,
    tools: transcript.tools,
    doings: {
      heard: unbreakable(heard.readable),
      say,
      async interruptAfter(ms, audio) {
        const since = await ear.untilSpeech();
        await pause(since + ms - now());
        const interrupted = now();
        const stopped = ear.untilSilence(STOPPED_MS);
        const said = await say(audio);
        return { ...said, stoppedMs: stopped.then((at) => Math.max(0, at - interrupted)) };
      },
      untilSpeech: ear.untilSpeech,
      untilSilence: ear.untilSilence,
      pause,
    },
    read: (message) => transcript.hear(message, now()),
    end() {
      over = true;
      for (const end of [...pauses]) end();
      playback.clear();
      heard.end();
      mouth.end();
      ear.end();
    },
  };
}

/** Iterates over a stream; leaving a `for await` does not end it, so a test may listen again. */
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

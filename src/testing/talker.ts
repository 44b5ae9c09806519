/**
 * Somebody who talks with a bot, whatever the way to it.
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
   * From the caller's last sound to the first of what the bot began to say after it, in ms of the
   * call's own time, to the sample. Undefined when the caller spoke again, the call was over, or a
   * minute had passed before the bot did; so also of a bot that speaks all the while, such as an echo.
   * A pause of less than 300 ms ends nothing.
   */
  readonly responseMs: Promise<number | undefined>;
}

/** Something that was said while the bot spoke. */
export interface Interruption extends Said {
  /** How long the bot went on, from the moment that the caller began, in ms. */
  readonly stoppedMs: Promise<number>;
}

/** Somebody who talks with a bot. All times are in ms since the stream was opened. */
export interface Talker {
  /** Samples per second of what is heard and said without a rate of its own, in Hz; one channel. */
  readonly sampleRate: number;
  /**
   * What is heard, in pieces of 20 ms or less as they are played; `timestamp` is in ms since the
   * stream was opened. Of what is not read, the newest ten minutes are kept.
   */
  readonly heard: AsyncIterableIterator<AudioFrame>;
  /** Audio that has come and was not played yet, in ms. */
  readonly queuedMs: number;
  /**
   * What was said, as the bot tells it: by `rtvi.userSaid`, and by `say` with its text. On the phone
   * that is known of a bot in this process alone, for no carrier has words for it.
   */
  readonly transcript: readonly TranscriptLine[];
  /** The tools that the bot has used, as it tells by `rtvi.tool`; known where `transcript` is. */
  readonly tools: readonly ToolUse[];
  /**
   * Says something: a frame of any sample rate, or samples at the line's own. Resolves when all of
   * it was sent, or the call is over. While something is being said, the next waits, unless it is
   * said `over` it.
   */
  say(audio: Int16Array | AudioFrame, options?: SayOptions): Promise<Said>;
  /**
   * Says something once the bot, which speaks or speaks next, has spoken for so long, in ms.
   *
   * @throws {RunnerError} `not_heard` when it says nothing for 10 s.
   */
  interruptAfter(ms: number, audio: Int16Array | AudioFrame): Promise<Interruption>;
  /**
   * Resolves with the time at which the bot began to speak: at once when it speaks.
   *
   * @throws {RunnerError} `not_heard` when it says nothing for 10 s, or the call ends before.
   */
  untilSpeech(options?: UntilSpeechOptions): Promise<number>;
  /**
   * Resolves with the end of what the bot said last, once it has been silent for so long since this
   * was called, or the call is over; 0 where nothing was heard.
   *
   * @param silentMs Default: 1000.
   */
  untilSilence(silentMs?: number): Promise<number>;
  /** Waits so long in the call's own time, in ms, or until the call is over. */
  pause(ms: number): Promise<void>;
  /**
   * Presses keys.
   *
   * @throws {RangeError} When one is not of `0123456789*#ABCD`.
   */
  press(digits: string): void;
  /** Hangs up; resolves when the stream is closed. */
  hangUp(): Promise<void>;
}

/** What a talker is made of. */
export interface TalkerOptions {
  readonly clock: CallClock;
  /** Of what is said, and of what is heard, in Hz. */
  readonly sampleRate: number;
  readonly chunkMs: number;
  /** Streams silence while nothing is said. */
  readonly silence: boolean;
  /** How long the other side waits for more before it plays what came, in ms. */
  readonly bufferMs: number;
  readonly send: (samples: Int16Array) => void;
  /** Called when something was said to its end. */
  readonly pause?: () => void;
  /** Called with what was just played. */
  readonly played?: (samples: Int16Array) => void;
}

/** The parts of a talker that no way changes. */
export interface TalkerParts {
  readonly playback: Playback;
  readonly mouth: Pick<Mouth, "begin">;
  /** What a talker does by its ear and its mouth. */
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
/** The bot has stopped when it is silent for so long, in ms. */
const STOPPED_MS = 300;

/** Makes the parts of a talker whose stream has just been opened. */
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

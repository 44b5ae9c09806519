/**
 * What somebody says to a bot, at the line's pace.
 *
 * @module
 */
import { mixInto } from "../audio/loudness.ts";
import type { AudioFrame } from "../core/frame.ts";
import type { CallClock } from "./clock.ts";
import { isLoud } from "./ear.ts";
import { cutSpeech } from "./speech.ts";

/** How to say something. */
export interface SayOptions {
  /**
   * Begins at once, over what is being said, as a second person would. Default: false, after it.
   */
  readonly over?: boolean;
}

/** What a {@link Mouth} needs. */
export interface MouthOptions {
  readonly clock: CallClock;
  /** Samples per second, in Hz; one channel. */
  readonly sampleRate: number;
  /** Audio in one message, in ms. */
  readonly chunkMs: number;
  /** Streams silence while nothing is said. */
  readonly silence: boolean;
  readonly send: (samples: Int16Array) => void;
  /** Called when something was said to its end. */
  readonly pause: () => void;
}

/** Says one thing after the other. */
export interface Mouth {
  /**
   * Says something once the stream has begun; resolves with the time of its last sound, in ms of
   * the clock, or with undefined if the call was over before.
   */
  say(audio: Int16Array | AudioFrame, options?: SayOptions): Promise<number | undefined>;
  /** The stream has begun. */
  begin(): void;
  /** Says nothing more. */
  end(): void;
}

interface Words {
  readonly chunks: Int16Array[];
  /** How long before the end of the last chunk the last sound ends, in ms. */
  readonly restMs: number;
  readonly said: (at: number | undefined) => void;
}

/** Makes the mouth of one call. */
export function createMouth(options: MouthOptions): Mouth {
  const { clock, sampleRate, chunkMs, silence, send, pause } = options;
  const chunkSamples = sampleRate * chunkMs / 1000;
  /** Utterances in sequence, and those over them. */
  const queue: Words[] = [];
  const beside = new Set<Words>();
  /** What the clock will call back for; call it to cancel. */
  let cancel: (() => void) | undefined;
  /** After a pause, the earliest time at which the line takes the next chunk. */
  let nextDue = 0;
  let begun = false;
  let over = false;

  const mixed = (chunks: readonly Int16Array[]): Int16Array | undefined => {
    const [first, ...others] = chunks;
    for (const other of others) if (first) mixInto(first, other);
    return first ?? (silence ? new Int16Array(chunkSamples) : undefined);
  };
  /** Sends one chunk each `chunkMs`, counted from the first one so that it never drifts. */
  const speak = (due: number) => {
    cancel = undefined;
    const speaking = [...queue.slice(0, 1), ...beside];
    const chunk = mixed(speaking.flatMap(({ chunks }) => chunks.splice(0, 1)));
    if (chunk) send(chunk);
    const done = speaking.filter(({ chunks }) => chunks.length === 0);
    for (const words of done) if (!beside.delete(words)) queue.shift();
    if (done.length > 0) pause();
    nextDue = due + chunkMs;
    if (silence || isSpeaking()) speakAt(nextDue);
    for (const { said, restMs } of done) said(due - restMs);
  };
  const isSpeaking = () => queue.length + beside.size > 0;
  const speakAt = (due: number) => {
    cancel = clock.schedule(() => speak(due), due - clock.now());
  };
  const wake = () => {
    if (begun && !over && !cancel) speakAt(Math.max(nextDue, clock.now()));
  };

  return {
    say(audio, { over: besides = false } = {}) {
      const chunks = cutSpeech(audio, { sampleRate, chunkSamples });
      if (over || chunks.length === 0) return Promise.resolve(undefined);
      return new Promise((said) => {
        const words = { chunks, said, restMs: restOf(chunks) * 1000 / sampleRate };
        if (besides) beside.add(words);
        else queue.push(words);
        wake();
      });
    },
    begin() {
      begun = true;
      if (silence || isSpeaking()) wake();
    },
    end() {
      over = true;
      cancel?.();
      for (const { said } of [...queue.splice(0), ...beside]) said(undefined);
      beside.clear();
    },
  };
}

/** How many samples come after the last sound; 0 if there is no sound at all. */
function restOf(chunks: readonly Int16Array[]): number {
  let rest = 0;
  for (const chunk of chunks.toReversed()) {
    const last = chunk.findLastIndex(isLoud);
    if (last >= 0) return rest + chunk.length - last - 1;
    rest += chunk.length;
  }
  return 0;
}

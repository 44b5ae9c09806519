/**
 * Something that a bot says.
 *
 * @module
 */
import { audioDuration, type AudioFrame, isLong, partsOf } from "../core/frame.ts";
import type { Heard, Playback } from "../core/playback.ts";
import { checkFrame } from "../core/playable.ts";
import { delay } from "../core/wait.ts";
import { heardText, type SpokenWord } from "./heard_text.ts";

/** After this many pieces, something else gets its turn. */
const PIECES_PER_TURN = 16;

/** Items that come one after the other, some of them later. */
export type Several<T> = AsyncIterable<T> | Iterable<T> | ReadableStream<T>;

/** What can be said: a piece of sound, or many. */
export type Sayable = AudioFrame | Several<AudioFrame>;

/** What else is known about an utterance. */
export interface SayOptions {
  /** Its text: all of it, or pieces as they arrive. */
  readonly text?: string | Several<string>;
  /** Where in the sound each word is, as they arrive. */
  readonly words?: Several<SpokenWord>;
}

/** How an utterance ended. */
export interface UtteranceEnd extends Heard {
  /** Set if not all of it was heard. */
  readonly interrupted: boolean;
}

/** An utterance, during and after it. */
export interface Utterance {
  /** How much of its sound has been heard by now, in ms. */
  readonly heardMs: number;
  /**
   * How much of its text has been heard by now: up to the last word heard completely, or, without
   * word times, in proportion to its sound.
   */
  readonly heardText: string;
  /**
   * Resolves when all of it was heard, it was interrupted, or the call is over. Rejects with the
   * error of the sound's source, and with a `TypeError` for a frame that cannot be played.
   */
  readonly done: Promise<UtteranceEnd>;
}

/** An utterance, as its transport sees it. */
export interface Saying extends Utterance {
  /** All of its text, as far as is known. */
  readonly text: string;
  /** Whether some of its sound was written. */
  readonly begun: boolean;
  /** How it ended, once it has. */
  readonly end: UtteranceEnd | undefined;
  /** Whether all of its sound was taken from its source. */
  readonly complete: boolean;
  /** Takes the sound from its source; resolves when all is taken, or the utterance is over. */
  write(): Promise<void>;
  /**
   * Ends it if all of its sound was heard; returns when to check again, in ms, and undefined if it
   * is over.
   */
  settle(): number | undefined;
  /** Ends it, whatever its state. */
  stop(): void;
}

/**
 * Makes an utterance that has not begun.
 *
 * @param failed Called for sources that fail.
 */
export function createUtterance(
  playback: Playback,
  sound: Sayable,
  options: SayOptions,
  failed: (error: unknown) => void,
): Saying {
  const { promise: done, resolve, reject } = Promise.withResolvers<UtteranceEnd>();
  done.catch(() => {}); // a bot need not await it; the log has the failure
  /** End the waits for the sources. */
  const stops = new Set<() => void>();
  /** Where its sound is: one span, unless the bot writes something else in between. */
  const spans: { readonly from: number; to: number }[] = [];
  const words: SpokenWord[] = [];
  let text = "";
  let end: UtteranceEnd | undefined;
  let complete = false;
  let failure: { readonly error: unknown } | undefined;

  /** How long a sound is that arrives as a whole, in ms. */
  const knownMs = "type" in sound ? audioDuration(sound) : undefined;
  const soundMs = () => spans.reduce((sum, { from, to }) => sum + to - from, 0);
  const heardMs = () =>
    end?.heardMs ??
      Math.round(spans.reduce((sum, { from, to }) => sum + playback.heardMs(from, to), 0));
  const finish = () => {
    const heard = heardMs();
    const interrupted = !complete || heard < Math.floor(soundMs());
    end ??= { heardMs: heard, interrupted };
    for (const stop of stops) stop();
    if (failure) reject(failure.error);
    else resolve(end);
  };
  const play = (part: AudioFrame): Promise<void> | undefined => {
    const from = playback.writtenMs;
    const room = playback.play(part);
    const latest = spans.at(-1);
    if (latest?.to === from) latest.to = playback.writtenMs;
    else spans.push({ from, to: playback.writtenMs });
    return room;
  };
  /** Takes what arrives until the utterance is over. */
  const each = async <T>(source: Several<T>, take: (item: T) => Promise<void> | void) => {
    const iterator = iterate(source);
    let waiting = Promise.withResolvers<IteratorResult<T> | undefined>();
    const stop = () => waiting.resolve(undefined);
    stops.add(stop);
    for (let count = 0; !end; count++) {
      // A new promise each time: a long-lived one keeps everything that ever waited for it.
      waiting = Promise.withResolvers();
      Promise.resolve(iterator.next()).then(waiting.resolve, waiting.reject);
      const next = await waiting.promise;
      if (!next || next.done) break;
      await take(next.value);
      if (count % PIECES_PER_TURN === PIECES_PER_TURN - 1) await delay(0);
    }
    stops.delete(stop);
    // Nobody waits for a source that is stuck.
    if (end) Promise.resolve(iterator.return?.()).catch(() => {});
  };

  if (typeof options.text === "string") text = options.text;
  else if (options.text) each(options.text, (piece) => void (text += piece)).catch(failed);
  if (options.words) each(options.words, (word) => void words.push(word)).catch(failed);

  return {
    get heardMs() {
      return heardMs();
    },
    get heardText() {
      return heardText({
        text,
        words,
        heardMs: heardMs(),
        soundMs: knownMs ?? soundMs(),
        complete: complete || knownMs !== undefined,
      });
    },
    done,
    get text() {
      return text || words.map(({ text }) => text).join(" ");
    },
    get begun() {
      return spans.length > 0;
    },
    get end() {
      return end;
    },
    get complete() {
      return complete;
    },
    async write() {
      try {
        await each("type" in sound ? [sound] : sound, async (frame) => {
          checkFrame(frame);
          for (const part of isLong(frame) ? partsOf(frame) : [frame]) {
            if (!end) await play(part);
          }
        });
      } catch (error) {
        failure = { error };
        failed(error);
      }
      if (end) return;
      // What was said before a failure is still heard.
      complete = true;
    },
    settle() {
      const to = spans.at(-1)?.to ?? 0;
      if (complete && playback.overMs >= to) finish();
      return end ? undefined : to - playback.overMs;
    },
    stop: finish,
  };
}

/** Iterates a source; a stream is read, because not every host can iterate it. */
export function iterate<T>(source: Several<T>): Iterator<T> | AsyncIterator<T> {
  if (!("getReader" in source)) {
    return Symbol.iterator in source ? source[Symbol.iterator]() : source[Symbol.asyncIterator]();
  }
  const reader = source.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done, value };
    },
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

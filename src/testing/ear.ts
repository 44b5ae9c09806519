/**
 * What somebody hears of a bot: when it speaks, exact to the sample.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import type { CallClock } from "./clock.ts";

/** What an {@link Ear} needs. Its times are in ms since the stream was opened. */
export interface EarOptions {
  readonly clock: CallClock;
  /** When the stream was opened, on the clock. */
  readonly began: number;
  /** Samples per second, in Hz; one channel. */
  readonly sampleRate: number;
}

/** How long to wait for a bot. */
export interface UntilSpeechOptions {
  /** How long, in ms of the call. Default: 10 000. */
  readonly timeoutMs?: number;
}

/** Tells speech from silence. */
export interface Ear {
  /** Takes played audio, and the time of its first sample, in ms. */
  hear(samples: Int16Array, at: number): void;
  /** Resolves with the beginning of the bot's current speech, or of its next. */
  untilSpeech(options?: UntilSpeechOptions): Promise<number>;
  /** Resolves with the end of what was heard, once there was silence for this long, in ms. */
  untilSilence(silentMs?: number): Promise<number>;
  /**
   * Resolves with the first beginning after a time; undefined if `forget` comes first, or nothing
   * for a minute of the call.
   */
  beginningAfter(time: number): Promise<number | undefined>;
  /** Gives up waiting for beginnings. */
  forget(): void;
  /** The call is over. */
  end(): void;
}

/** Louder samples are not silence: −44 dB below full scale. */
const LOUD = 200;
/** A shorter pause, in ms, is between words. */
const PAUSE_MS = 300;
const SILENT_MS = 1000;
const PATIENCE_MS = 10_000;
/** Longer than any bot takes to answer, in ms, so that a test of a silent bot ends. */
const NO_ANSWER_MS = 60_000;
/** Less than a sample of any rate, in ms: practically no time. */
const LEAST_MS = 0.001;

/** Tells whether a sample is heard. */
export function isLoud(sample: number): boolean {
  return sample > LOUD || sample < -LOUD;
}

/** Makes the ear of one call. */
export function createEar({ clock, began, sampleRate }: EarOptions): Ear {
  /** When the current or last speech began. */
  let from = -Infinity;
  /** The end of the last sound. */
  let soundUntil = -Infinity;
  let over = false;
  const beginnings = new Set<(at: number | undefined) => void>();
  const now = () => clock.now() - began;
  const ms = (samples: number) => samples * 1000 / sampleRate;
  /** Waiters remove themselves, and may wait again at once. */
  const tell = (at: number | undefined) => {
    for (const hear of [...beginnings]) hear(at);
  };

  return {
    hear(samples, at) {
      const first = samples.findIndex(isLoud);
      if (first < 0) return;
      const sound = at + ms(first);
      const begins = sound - soundUntil >= PAUSE_MS;
      soundUntil = at + ms(samples.findLastIndex(isLoud) + 1);
      if (!begins) return;
      from = sound;
      tell(from);
    },
    untilSpeech({ timeoutMs = PATIENCE_MS } = {}) {
      if (!over && now() - soundUntil < PAUSE_MS) return Promise.resolve(from);
      return new Promise((resolve, reject) => {
        const fail = (detail: string) => {
          beginnings.delete(hear);
          reject(new RunnerError("not_heard", detail));
        };
        const late = () => fail(`The bot said nothing for ${timeoutMs} ms.`);
        const cancel = clock.schedule(late, timeoutMs);
        const hear = (at: number | undefined) => {
          if (at === undefined && !over) return;
          cancel();
          beginnings.delete(hear);
          if (at === undefined) fail("The call was over before the bot spoke.");
          else resolve(at);
        };
        beginnings.add(hear);
        if (over) hear(undefined);
      });
    },
    untilSilence(silentMs = SILENT_MS) {
      const asked = now();
      return new Promise((resolve) => {
        let cancel = () => {};
        const look = () => {
          const silent = now() - Math.max(asked, soundUntil);
          // A sum of fractions of a ms may never reach its exact value.
          if (over || silentMs - silent < LEAST_MS) {
            beginnings.delete(atEnd);
            return resolve(Math.max(0, soundUntil));
          }
          cancel = clock.schedule(look, silentMs - silent);
        };
        const atEnd = () => {
          if (!over) return;
          cancel();
          look();
        };
        beginnings.add(atEnd);
        look();
      });
    },
    beginningAfter(time) {
      if (from >= time) return Promise.resolve(from);
      if (over) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        const hear = (at: number | undefined) => {
          if (at !== undefined && at < time) return;
          cancel();
          beginnings.delete(hear);
          resolve(at);
        };
        const cancel = clock.schedule(() => hear(undefined), NO_ANSWER_MS);
        beginnings.add(hear);
      });
    },
    forget: () => tell(undefined),
    end() {
      over = true;
      tell(undefined);
    },
  };
}

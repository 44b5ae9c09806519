/**
 * What somebody at the other end of a call hears: all of it, and when enough was heard.
 *
 * @module
 */
import { type HeardChirp, heardChirps } from "./chirp.ts";

/** What is louder than this is no silence. */
const LOUD = 1500;

/** Hears a call. */
export interface Ear {
  /** Sound, `atMs` after the first; what is left out was silent. */
  push(samples: ArrayLike<number>, atMs: number): void;
  /** Resolves when so much more than now was loud, in ms. */
  loudFor(ms: number): Promise<void>;
  /** Resolves when nothing was loud for so long, in ms. */
  quietFor(ms: number): Promise<void>;
  /** The stretches of the voice that were heard so far. */
  chirps(): HeardChirp[];
}

/** Makes an ear for mono sound of a sample rate, in Hz. */
export function createEar(sampleRate: number): Ear {
  const heard = new Int16Array(sampleRate * 60);
  let loud = 0;
  /** When something was loud last. */
  let loudAt = -Infinity;
  let waiting: { readonly until: number; readonly resolve: () => void }[] = [];
  return {
    push(samples, atMs) {
      const at = Math.round(atMs * sampleRate / 1000);
      heard.set(samples, at);
      const before = loud;
      for (let i = 0; i < samples.length; i++) if (Math.abs(samples[i] ?? 0) > LOUD) loud++;
      if (loud > before) loudAt = performance.now();
      const due = waiting.filter(({ until }) => until <= loud);
      waiting = waiting.filter((one) => !due.includes(one));
      for (const { resolve } of due) resolve();
    },
    loudFor(ms) {
      const { promise, resolve } = Promise.withResolvers<void>();
      // A sine is below the threshold for a part of each wave.
      const share = 1 - 2 / Math.PI * Math.asin(LOUD / 9000);
      waiting.push({ until: loud + ms * share * sampleRate / 1000, resolve });
      return promise;
    },
    async quietFor(ms) {
      for (;;) {
        const left = loudAt + ms - performance.now();
        if (left <= 0) return;
        await new Promise((resolve) => setTimeout(resolve, left));
      }
    },
    chirps: () => heardChirps(heard, sampleRate),
  };
}

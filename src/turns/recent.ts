/**
 * The last moments of a stream of sound: the first consonant of a turn is over before the turn is
 * recognized.
 *
 * @module
 */

/** Keeps the last moments. */
export interface Recent {
  /** Takes the next sound, and keeps it without a copy. */
  add(samples: Int16Array): void;
  /**
   * What was heard since a time, or as much of it as is kept.
   *
   * @param ms In ms since the stream began.
   */
  since(ms: number): { readonly samples: Int16Array; readonly fromMs: number };
  /** Forgets what was heard, so that it belongs to no later turn. */
  clear(): void;
}

/** Keeps the last `ms` of a stream, and a frame more. */
export function createRecent(sampleRate: number, ms: number): Recent {
  const most = Math.ceil(sampleRate * ms / 1000);
  const chunks: Int16Array[] = [];
  let kept = 0;
  /** The number of all samples so far. */
  let end = 0;
  return {
    add(samples) {
      chunks.push(samples);
      kept += samples.length;
      end += samples.length;
      while (chunks[0] && kept - chunks[0].length >= most) kept -= chunks.shift()!.length;
    },
    since(ms) {
      const wanted = end - Math.round(ms * sampleRate / 1000);
      const samples = new Int16Array(Math.max(0, Math.min(wanted, kept)));
      let at = samples.length - kept;
      for (const chunk of chunks) {
        if (at + chunk.length > 0) samples.set(chunk.subarray(Math.max(0, -at)), Math.max(0, at));
        at += chunk.length;
      }
      return { samples, fromMs: (end - samples.length) / sampleRate * 1000 };
    },
    clear() {
      chunks.length = 0;
      kept = 0;
    },
  };
}

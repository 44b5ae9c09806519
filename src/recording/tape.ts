/**
 * Tracks of sound on one clock. The older part is final; the rest may still change.
 *
 * @module
 */

/** A track of a tape: what the user says, what the bot says, and what is heard under that. */
export type Track = "user" | "bot" | "background";

/**
 * Sound in two channels, the user left and the bot right, and the background under the bot's. Time
 * is counted in samples from its start.
 */
export interface Tape {
  /** How much of the tape was taken, in samples. */
  readonly taken: number;
  /** The end of the latest sound on a track, in samples. */
  end(track: Track): number;
  /** Puts sound on a track; what falls before {@link Tape.taken}, or far ahead of it, is lost. */
  write(track: Track, from: number, samples: Int16Array): void;
  /** Removes what is on a track from here on. */
  erase(track: Track, from: number): void;
  /** Moves what is on a track from here on by this many samples: later, or earlier if negative. */
  shift(track: Track, from: number, by: number): void;
  /** The background up to here; undefined if there is none. */
  background(upTo: number): Int16Array<ArrayBuffer> | undefined;
  /** Takes the tape up to here: 16-bit PCM, interleaved, silent where nothing was written. */
  take(upTo: number): Int16Array<ArrayBuffer>;
}

/** How far ahead of the taken part sound may be written, in blocks. */
const MOST_BLOCKS = 30;

/**
 * Makes an empty tape. It holds blocks of a second, and so only a few at any time.
 *
 * @param sampleRate Samples per second and channel, in Hz.
 */
export function createTape(sampleRate: number): Tape {
  const tracks: Readonly<Record<Track, Map<number, Int16Array>>> = {
    user: new Map(),
    bot: new Map(),
    background: new Map(),
  };
  const ends = { user: 0, bot: 0, background: 0 };
  let taken = 0;

  const blockAt = (track: Track, index: number): Int16Array => {
    let block = tracks[track].get(index);
    if (!block) tracks[track].set(index, block = new Int16Array(sampleRate));
    return block;
  };

  const read = (track: Track, from: number, to: number): Int16Array<ArrayBuffer> =>
    Int16Array.from({ length: Math.max(0, to - from) }, (_, i) => {
      const at = from + i;
      return tracks[track].get(Math.floor(at / sampleRate))?.[at % sampleRate] ?? 0;
    });
  const write = (track: Track, from: number, samples: Int16Array) => {
    const first = Math.max(from, taken);
    const end = Math.min(from + samples.length, taken + MOST_BLOCKS * sampleRate);
    for (let at = first; at < end;) {
      const offset = at % sampleRate;
      const count = Math.min(end - at, sampleRate - offset);
      const part = samples.subarray(at - from, at - from + count);
      blockAt(track, (at - offset) / sampleRate).set(part, offset);
      at += count;
    }
    ends[track] = Math.max(ends[track], end);
  };
  const erase = (track: Track, from: number) => {
    for (const [index, block] of tracks[track]) {
      const begins = index * sampleRate;
      if (begins + sampleRate > from) block.fill(0, Math.max(0, from - begins));
    }
    ends[track] = Math.min(ends[track], Math.max(from, taken));
  };

  return {
    get taken() {
      return taken;
    },
    end: (track) => ends[track],
    write,
    erase,
    shift(track, from, by) {
      const begins = Math.max(from, taken);
      const moved = read(track, begins, ends[track]);
      erase(track, begins);
      write(track, begins + by, moved);
    },
    background: (upTo) => tracks.background.size > 0 ? read("background", taken, upTo) : undefined,
    take(upTo) {
      const length = Math.max(0, upTo - taken);
      const stereo = new Int16Array(2 * length);
      for (let i = 0; i < length; i++) {
        const at = taken + i;
        const [index, offset] = [Math.floor(at / sampleRate), at % sampleRate];
        stereo[2 * i] = tracks.user.get(index)?.[offset] ?? 0;
        stereo[2 * i + 1] = tracks.bot.get(index)?.[offset] ?? 0;
      }
      taken += length;
      for (const blocks of Object.values(tracks)) {
        for (const index of blocks.keys()) {
          if ((index + 1) * sampleRate <= taken) blocks.delete(index);
        }
      }
      return stereo;
    },
  };
}

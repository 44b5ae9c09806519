/**
 * Makes streams of sound louder, mixes and repeats them.
 *
 * @module
 */
import { type AudioFrame, FRAME_MS } from "../core/frame.ts";
import { createConverter } from "./convert.ts";
import { amplify, mixInto } from "./loudness.ts";

/**
 * Makes frames louder or quieter as they stream.
 *
 * @param factor The factor for each sample: 1 changes nothing, 0.1 is -20 dB. What gets too loud
 * for 16 bits is clipped.
 *
 * @example
 * ```ts
 * import type { AudioFrame } from "@pipecat/runner";
 * import { gain } from "@pipecat/runner/audio";
 *
 * function quieter(frames: ReadableStream<AudioFrame>): ReadableStream<AudioFrame> {
 *   return frames.pipeThrough(gain(0.5));
 * }
 * ```
 */
export function gain(factor: number): TransformStream<AudioFrame, AudioFrame> {
  return new TransformStream({
    transform(frame, controller) {
      controller.enqueue({ ...frame, samples: amplify(frame.samples, factor) });
    },
  });
}

/** A sound to mix. */
export interface MixSource {
  /** Its frames, of any rate and channels. */
  readonly frames: AsyncIterable<AudioFrame> | Iterable<AudioFrame>;
  /** The factor for each sample. Default: 1. */
  readonly gain?: number;
}

/**
 * Mixes sounds from their beginning until the last one ends, in mono frames of 20 ms, as fast as
 * they are read.
 *
 * @param format.sampleRate Samples per second of the result, in Hz.
 *
 * @example
 * ```ts
 * import type { AudioFrame } from "@pipecat/runner";
 * import { mix } from "@pipecat/runner/audio";
 *
 * function withMusic(speech: AudioFrame, music: AudioFrame): AsyncIterable<AudioFrame> {
 *   return mix([{ frames: [speech] }, { frames: [music], gain: 0.1 }], { sampleRate: 24_000 });
 * }
 * ```
 */
export async function* mix(
  sources: readonly MixSource[],
  { sampleRate }: { readonly sampleRate: number },
): AsyncGenerator<AudioFrame, void, void> {
  const size = Math.round(sampleRate * FRAME_MS / 1000);
  const readers = sources.map(({ frames, gain = 1 }) => ({
    pieces: pieces(frames, size, sampleRate),
    gain,
  }));
  try {
    for (let sounding = [...readers]; sounding.length > 0;) {
      const samples = new Int16Array(size);
      const read = await Promise.all(sounding.map(async (reader) => {
        const { value } = await reader.pieces.next();
        if (value) mixInto(samples, value, reader.gain);
        return value && reader;
      }));
      sounding = read.filter((reader) => reader !== undefined);
      if (sounding.length > 0) yield { type: "audio", samples, sampleRate, channels: 1 };
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.pieces.return()));
  }
}

/**
 * Repeats a sound without end, such as music on hold.
 *
 * @example
 * ```ts
 * import type { AudioFrame } from "@pipecat/runner";
 * import { mix, repeat } from "@pipecat/runner/audio";
 *
 * function overRoomTone(speech: AudioFrame, tone: AudioFrame): AsyncIterable<AudioFrame> {
 *   return mix([{ frames: [speech] }, { frames: repeat(tone) }], { sampleRate: 24_000 });
 * }
 * ```
 */
export function* repeat(sound: AudioFrame): Generator<AudioFrame, never, void> {
  for (;;) yield sound;
}

/** The samples of a sound in pieces of equal size, the last one filled up with silence. */
async function* pieces(
  frames: MixSource["frames"],
  size: number,
  sampleRate: number,
): AsyncGenerator<Int16Array, void, void> {
  const converter = createConverter({ sampleRate });
  let piece = new Int16Array(size);
  let filled = 0;
  const parts = async function* () {
    for await (const frame of frames) yield converter.convert(frame);
    yield converter.flush();
  };
  for await (const part of parts()) {
    for (let at = 0; at < part.length;) {
      const length = Math.min(size - filled, part.length - at);
      piece.set(part.subarray(at, at + length), filled);
      [at, filled] = [at + length, filled + length];
      if (filled < size) break;
      yield piece;
      [piece, filled] = [new Int16Array(size), 0];
    }
  }
  if (filled > 0) yield piece;
}

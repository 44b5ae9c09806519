/**
 * The ways to read what comes in.
 *
 * @module
 */
import { toMono } from "../audio/channels.ts";
import { createConverter } from "../audio/convert.ts";
import { base64FromSamples, bytesFromSamples } from "../audio/pcm.ts";
import type { Frame } from "../core/frame.ts";
import type { Incoming, Place } from "../core/incoming.ts";
import { oneOf, option, type OptionParsers, parseOptions } from "../core/options.ts";
import { HIGHEST_RATE, isPlayableRate, LOWEST_RATE } from "../core/playable.ts";

/** The type of the pieces of sound that `Transport.audio` returns. */
export interface AudioEncodings {
  /** 16-bit samples. */
  readonly pcm: Int16Array;
  /** The same as padded base64 of little-endian bytes. */
  readonly base64: string;
  /** The same as bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How to read sound. */
export interface AudioOptions<Encoding extends keyof AudioEncodings = keyof AudioEncodings> {
  /** Samples per second, in Hz, from 1000 to 384 000. Default: as they arrive. */
  readonly sampleRate?: number;
  /** `pcm` (samples), `base64` or `bytes`. Default: `pcm`. */
  readonly encoding?: Encoding;
}

const OPTIONS: OptionParsers<AudioOptions> = {
  sampleRate: option(`a whole number from ${LOWEST_RATE} to ${HIGHEST_RATE}`, isPlayableRate),
  encoding: oneOf<keyof AudioEncodings>(["pcm", "base64", "bytes"]),
};

/** The ways to read. */
export interface Reading {
  /** See `Transport.audio`. */
  audio<Encoding extends keyof AudioEncodings = "pcm">(
    options?: AudioOptions<Encoding>,
  ): AsyncIterable<AudioEncodings[Encoding]>;
  /** See `Transport.frames`. */
  frames(): AsyncIterable<Frame>;
}

/** Lets a bot read what comes in. */
export function createReading(incoming: Incoming<Frame>): Reading {
  function audio<Encoding extends keyof AudioEncodings = "pcm">(
    options?: AudioOptions<Encoding>,
  ): AsyncIterable<AudioEncodings[Encoding]>;
  function audio(options: AudioOptions = {}): AsyncIterable<AudioEncodings[keyof AudioEncodings]> {
    const { sampleRate, encoding = "pcm" } = parseOptions<AudioOptions>(OPTIONS, options, "audio");
    const converter = sampleRate === undefined ? undefined : createConverter({ sampleRate });
    const encode = ENCODERS[encoding];
    return iterable(incoming.place(), (frame) => {
      if (frame.type !== "audio") return undefined;
      const samples = converter?.convert(frame) ?? toMono(frame.samples, frame.channels);
      return samples.length > 0 ? encode(samples) : undefined;
    });
  }
  return { audio, frames: () => iterable(incoming.place(), (frame) => frame) };
}

const ENCODERS: Readonly<
  Record<keyof AudioEncodings, (samples: Int16Array) => AudioEncodings[keyof AudioEncodings]>
> = {
  pcm: (samples) => samples,
  base64: base64FromSamples,
  bytes: bytesFromSamples,
};

/**
 * Continues reading from a place. If a loop is left it stops there, and the next loop continues.
 */
function iterable<In, Out>(
  place: Place<In>,
  convert: (item: In) => Out | undefined,
): AsyncIterable<Out> {
  return {
    [Symbol.asyncIterator]() {
      let over = false;
      return {
        async next() {
          while (!over) {
            const item = place.take() ?? await place.next();
            if (item === undefined) break;
            const value = convert(item);
            if (value !== undefined) return { done: false, value };
          }
          return { done: true, value: undefined };
        },
        return() {
          if (!over) place.stop();
          over = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
}

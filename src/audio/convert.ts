/**
 * Converts frames of any rate and channels to one rate and channel count.
 *
 * @module
 */
import type { AudioFrame } from "../core/frame.ts";
import { interleave, separate, toMono } from "./channels.ts";
import { createResampler, type Resampler } from "./resample.ts";

/** The format to convert to. */
export interface AudioFormat {
  /** Samples per second and channel, in Hz: a whole number from 1000 to 384 000. */
  readonly sampleRate: number;
  /** How many channels are interleaved. Default: 1. */
  readonly channels?: 1 | 2;
}

/** A conversion in progress. */
export interface Converter {
  /** How much later the latest frame's sound comes out, in ms. */
  readonly delayMs: number;
  /**
   * Converts the next frame. If the rate changes, sound comes out 24 samples of the lower rate
   * late; samples already in the format are returned unchanged, without a copy.
   */
  convert(frame: AudioFrame): Int16Array;
  /**
   * Ends the sound: returns what a change of rate still holds back. What follows is a new sound.
   */
  flush(): Int16Array;
}

/**
 * Makes a converter.
 *
 * @throws {RangeError} at the first frame, for an unsupported rate.
 */
export function createConverter({ sampleRate, channels = 1 }: AudioFormat): Converter {
  let from = { sampleRate, channels };
  /** One for each channel, if the rate changes. */
  let resamplers: readonly Resampler[] = [];

  const flush = () => interleave(resamplers.map((resampler) => resampler.flush()), channels);
  const changeTo = (next: AudioFrame) => {
    from = { sampleRate: next.sampleRate, channels: next.channels };
    const count = from.sampleRate === sampleRate ? 0 : Math.min(from.channels, channels);
    resamplers = Array.from({ length: count }, () => createResampler(from.sampleRate, sampleRate));
  };
  const convert = (frame: AudioFrame): Int16Array => {
    const changes = frame.sampleRate !== from.sampleRate || frame.channels !== from.channels;
    if (changes) {
      const rest = flush();
      changeTo(frame);
      if (rest.length > 0) return concatenated([rest, convert(frame)]);
    }
    if (frame.sampleRate === sampleRate && frame.channels === channels) return frame.samples;
    const mono = channels === 1 ? toMono(frame.samples, frame.channels) : frame.samples;
    if (resamplers.length === 0) return channels === 1 ? mono : interleave([mono], channels);
    const parts = separate(mono, resamplers.length === 2 ? 2 : 1);
    return interleave(parts.map((part, i) => resamplers[i]!.process(part)), channels); // one for each
  };
  return {
    get delayMs() {
      return resamplers[0]?.delayMs ?? 0;
    },
    convert,
    flush,
  };
}

/**
 * Converts a whole sound, keeping its length and without delay.
 *
 * @example
 * ```ts
 * import type { AudioFrame } from "@pipecat/runner";
 * import { convertAudio, parseWav } from "@pipecat/runner/audio";
 *
 * function forPhone(file: Uint8Array): AudioFrame {
 *   return convertAudio(parseWav(file), { sampleRate: 8000 });
 * }
 * ```
 */
export function convertAudio(frame: AudioFrame, format: AudioFormat): AudioFrame {
  const { sampleRate, channels = 1 } = format;
  const converter = createConverter(format);
  const body = converter.convert(frame);
  const tail = converter.flush();
  const length = Math.ceil(frame.samples.length / frame.channels * sampleRate / frame.sampleRate);
  const delay = Math.round(converter.delayMs * sampleRate / 1000);
  const samples = concatenated([body, tail]).subarray(
    delay * channels,
    (delay + length) * channels,
  );
  return { ...frame, samples, sampleRate, channels };
}

/**
 * Converts frames as they stream.
 *
 * @example
 * ```ts
 * import type { AudioFrame } from "@pipecat/runner";
 * import { resample } from "@pipecat/runner/audio";
 *
 * function forRecognizer(frames: ReadableStream<AudioFrame>): ReadableStream<AudioFrame> {
 *   return frames.pipeThrough(resample({ sampleRate: 16_000 }));
 * }
 * ```
 */
export function resample(format: AudioFormat): TransformStream<AudioFrame, AudioFrame> {
  const { sampleRate, channels = 1 } = format;
  const converter = createConverter(format);
  return new TransformStream({
    transform(frame, controller) {
      const samples = converter.convert(frame);
      if (samples.length > 0) controller.enqueue({ ...frame, samples, sampleRate, channels });
    },
    flush(controller) {
      const samples = converter.flush();
      if (samples.length > 0) controller.enqueue({ type: "audio", samples, sampleRate, channels });
    },
  });
}

function concatenated(parts: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

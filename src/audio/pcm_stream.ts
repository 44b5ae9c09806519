/**
 * Streams of samples as bytes or base64 to frames, and back. A stream may be cut anywhere, even in
 * the middle of a sample, as HTTP cuts bodies.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "../core/base64.ts";
import { concat } from "../core/bytes.ts";
import type { AudioFrame } from "../core/frame.ts";
import { createConverter } from "./convert.ts";
import { notBase64, sampleCodec, type SampleFormat } from "./pcm.ts";

/** What bytes do not say about their samples. */
export interface PcmOptions {
  /** Samples per second and channel, in Hz. */
  readonly sampleRate: number;
  /** How many channels are interleaved. Default: 1. */
  readonly channels?: 1 | 2;
  /** The format of a sample. Default: `s16le`. */
  readonly format?: SampleFormat;
}

/** Bytes, or their base64 as a string. */
export type PcmChunk = Uint8Array | ArrayBuffer | string;

/**
 * Reads a stream of samples piece by piece; it keeps the rest of a cut sample for the next piece.
 */
export interface PcmReader {
  /**
   * Reads the next piece. The frame is empty if the piece contains no complete sample.
   *
   * @throws {TypeError} for a string that is not base64.
   */
  read(chunk: PcmChunk): AudioFrame;
}

/**
 * Makes a reader, for chunks that arrive by callback. {@link fromPcm} is the same as a stream.
 *
 * @example
 * ```ts
 * import { createPcmReader } from "@pipecat/runner/audio";
 *
 * const reader = createPcmReader({ sampleRate: 24_000 });
 * const frame = reader.read("AAAA/38="); // a delta of a realtime model
 * ```
 */
export function createPcmReader(options: PcmOptions): PcmReader {
  const { sampleRate, channels = 1, format = "s16le" } = options;
  const { bytes: sampleBytes, decode } = sampleCodec(format);
  const base64 = createBase64Reader();
  let rest = new Uint8Array(0);
  return {
    read(chunk) {
      const bytes = concat(rest, typeof chunk === "string" ? base64(chunk) : new Uint8Array(chunk));
      const whole = bytes.length - bytes.length % (sampleBytes * channels);
      rest = bytes.slice(whole);
      return { type: "audio", samples: decode(bytes.subarray(0, whole)), sampleRate, channels };
    },
  };
}

/**
 * Makes frames from a stream of bytes, such as the body of a text-to-speech answer, or of base64,
 * such as the deltas of a realtime model.
 *
 * @example
 * ```ts
 * import type { Transport } from "@pipecat/runner";
 * import { fromPcm } from "@pipecat/runner/audio";
 *
 * async function speak(answer: Response, transport: Transport): Promise<void> {
 *   const speech = answer.body?.pipeThrough(fromPcm({ sampleRate: 24_000 }));
 *   await speech?.pipeTo(transport.writable, { preventClose: true });
 * }
 * ```
 */
export function fromPcm(options: PcmOptions): TransformStream<PcmChunk, AudioFrame> {
  const reader = createPcmReader(options);
  return new TransformStream({
    transform(chunk, controller) {
      const frame = reader.read(chunk);
      if (frame.samples.length > 0) controller.enqueue(frame);
    },
  });
}

/** The type of {@link toPcm}'s chunks. */
export interface PcmEncodings {
  /** Bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The padded base64 of whole samples: each chunk can be decoded separately. */
  readonly base64: string;
}

/** What {@link toPcm} makes. */
export interface ToPcmOptions<Encoding extends keyof PcmEncodings> extends PcmOptions {
  /** Whether to return bytes or base64. Default: `bytes`. */
  readonly encoding?: Encoding;
}

/**
 * Makes bytes or base64 from frames of any rate and channels, which it converts.
 *
 * @example
 * ```ts
 * import type { AudioFrame } from "@pipecat/runner";
 * import { toPcm } from "@pipecat/runner/audio";
 *
 * function forRecognizer(frames: ReadableStream<AudioFrame>): ReadableStream<string> {
 *   return frames.pipeThrough(toPcm({ sampleRate: 16_000, encoding: "base64" }));
 * }
 * ```
 */
export function toPcm<Encoding extends keyof PcmEncodings = "bytes">(
  options: ToPcmOptions<Encoding>,
): TransformStream<AudioFrame, PcmEncodings[Encoding]>;
export function toPcm(
  { sampleRate, channels = 1, format = "s16le", encoding }: ToPcmOptions<keyof PcmEncodings>,
): TransformStream<AudioFrame, Uint8Array<ArrayBuffer> | string> {
  const { encode } = sampleCodec(format);
  const converter = createConverter({ sampleRate, channels });
  type Controller = TransformStreamDefaultController<Uint8Array<ArrayBuffer> | string>;
  const give = (samples: Int16Array, controller: Controller) => {
    if (samples.length === 0) return;
    const bytes = encode(samples);
    controller.enqueue(encoding === "base64" ? encodeBase64(bytes) : bytes);
  };
  return new TransformStream({
    transform: (frame, controller) => give(converter.convert(frame), controller),
    flush: (controller) => give(converter.flush(), controller),
  });
}

/** Decodes base64 that may be cut anywhere, and in which any piece may be padded. */
function createBase64Reader(): (text: string) => Uint8Array<ArrayBuffer> {
  let rest = "";
  return (text) => {
    const whole = rest === "" && text.length % 4 === 0 ? decodeBase64(text) : undefined;
    if (whole) return whole;
    // After padding another string begins.
    const parts = (rest + text).replace(/\s+/g, "").match(/[^=]+=*/g) ?? [];
    const last = parts.pop() ?? "";
    const end = last.length - last.length % 4;
    rest = last.slice(end);
    return [...parts, last.slice(0, end)].reduce((bytes: Uint8Array<ArrayBuffer>, part) => {
      const decoded = decodeBase64(part);
      if (!decoded) throw notBase64();
      return concat(bytes, decoded);
    }, new Uint8Array(0));
  };
}

/**
 * What flows through a transport: audio, key presses, app messages, and video where there is any.
 *
 * @module
 */
import type { ImageFrame, VideoFrame } from "./video.ts";

/** Length of one audio frame on the wire, in ms. */
export const FRAME_MS = 20;

/** Signed 16-bit PCM, of any length. */
export interface AudioFrame {
  /** What to `switch` on. */
  readonly type: "audio";
  /** Samples, interleaved when there are two channels. */
  readonly samples: Int16Array;
  /** Samples per second and channel, in Hz. */
  readonly sampleRate: number;
  /** How many channels are interleaved in the samples. */
  readonly channels: 1 | 2;
  /**
   * When the audio was captured, in ms since the stream began. Set on what a transport reads. A
   * frame that you write back with it counts as live: when the process falls behind, late live
   * audio is dropped, so a stall does not become lasting latency. Audio made by the bot has no
   * timestamp and is always played in full.
   */
  readonly timestamp?: number;
}

/** One key press. */
export interface DtmfFrame {
  /** What to `switch` on. */
  readonly type: "dtmf";
  /** One of `0123456789*#ABCD`. */
  readonly digit: string;
}

/** An app message: any JSON value that is not RTVI (RTVI is on `transport.rtvi`). */
export interface MessageFrame {
  /** What to `switch` on. */
  readonly type: "message";
  /** Any JSON value. */
  readonly data: unknown;
}

/** What flows through a transport. */
export type Frame = AudioFrame | DtmfFrame | MessageFrame | ImageFrame | VideoFrame;

/** Approximate memory that a frame takes, in bytes. */
export function frameSize(frame: Frame): number {
  switch (frame.type) {
    case "audio":
      return frame.samples.byteLength;
    case "dtmf":
      return 1;
    case "message":
      return jsonSize(frame.data);
    case "image":
    case "video":
      return frame.data.byteLength;
  }
}

/** The same without looking into messages, for frames that may be many and are not each checked. */
export function writtenSize(frame: Frame): number {
  switch (frame?.type) {
    case "audio":
      return frame.samples?.byteLength ?? 0;
    case "image":
    case "video":
      return frame.data?.byteLength ?? 0;
    default:
      return 1024;
  }
}

/** Approximate memory that a JSON value takes, in bytes; `Infinity` if it cannot be serialized. */
export function jsonSize(value: unknown): number {
  try {
    return JSON.stringify(value)?.length ?? 0;
  } catch {
    return Infinity; // nested too deeply for the stack, or not JSON
  }
}

/** The longest piece of the bot's audio to process at one go, in ms. */
const LONGEST_PART_MS = 200;

/**
 * Tells whether a frame is so long that processing all of it at once would delay the process's
 * other calls.
 */
export function isLong(frame: AudioFrame): boolean {
  return frame.timestamp === undefined && audioDuration(frame) > LONGEST_PART_MS;
}

/** The parts of a long frame. */
export function* partsOf(frame: AudioFrame): Generator<AudioFrame> {
  const { samples, sampleRate, channels } = frame;
  const length = Math.ceil(sampleRate * LONGEST_PART_MS / 1000) * channels;
  for (let at = 0; at < samples.length; at += length) {
    yield { ...frame, samples: samples.subarray(at, at + length) };
  }
}

/** Duration of an audio frame in ms. */
export function audioDuration(frame: AudioFrame): number {
  return frame.samples.length / frame.channels / frame.sampleRate * 1000;
}

/**
 * What flows through a transport: audio, key presses and app messages.
 *
 * @module
 */

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
   * frame that is written back with it counts as live: when the process falls behind, live audio
   * that is late is dropped, so a stall does not become standing latency. Audio made by the bot
   * carries none and is always played in full.
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

/** An app message: any JSON value that is not RTVI (those travel on `transport.rtvi`). */
export interface MessageFrame {
  /** What to `switch` on. */
  readonly type: "message";
  /** Any JSON value. */
  readonly data: unknown;
}

/** What flows through a transport. */
export type Frame = AudioFrame | DtmfFrame | MessageFrame;

/** Duration of an audio frame in ms. */
export function audioDuration(frame: AudioFrame): number {
  return frame.samples.length / frame.channels / frame.sampleRate * 1000;
}

/**
 * What a bot may write to a transport, which no compiler has checked for every bot.
 *
 * @module
 */
import type { AudioFrame, Frame } from "./frame.ts";

/** The rates that can be played, in Hz; all but the call's own are resampled. */
export const LOWEST_RATE = 1000;
/** The highest of them. */
export const HIGHEST_RATE = 384_000;

/** Tells whether a number is a rate that can be played. */
export function isPlayableRate(rate: unknown): rate is number {
  return Number.isInteger(rate) && Number(rate) >= LOWEST_RATE && Number(rate) <= HIGHEST_RATE;
}

/**
 * Checks a frame.
 *
 * @throws {TypeError} for a frame that cannot be played; it says what to do.
 */
export function checkFrame(frame: Frame): void {
  switch (frame?.type) {
    case "audio":
      return checkAudio(frame);
    case "dtmf":
    case "message":
      return;
    case "image":
    case "video":
      if (frame.data instanceof Uint8Array) return;
      throw new TypeError("A picture's data must be a Uint8Array.");
    default:
      throw new TypeError("A frame's type must be audio, dtmf, message, image or video.");
  }
}

/**
 * The same frame with its own samples: its writer may reuse their array at once.
 *
 * @throws {TypeError} for one that cannot be played.
 */
export function ownFrame(frame: Frame): Frame {
  checkFrame(frame);
  return frame.type === "audio" ? { ...frame, samples: frame.samples.slice() } : frame;
}

function checkAudio({ samples, sampleRate, channels }: AudioFrame): void {
  if (!(samples instanceof Int16Array)) {
    throw new TypeError(
      `A frame's samples must be an Int16Array, not ${kindOf(samples)}: make one with ` +
        "samplesFromBytes or samplesFromFloats of @pipecat/runner/audio.",
    );
  }
  if (!isPlayableRate(sampleRate)) {
    throw new TypeError(
      `A frame's rate must be a whole number from ${LOWEST_RATE} to ${HIGHEST_RATE} Hz, not ${sampleRate}.`,
    );
  }
  if (channels !== 1 && channels !== 2) {
    throw new TypeError("A frame must have one or two channels.");
  }
}

function kindOf(value: unknown): string {
  return typeof value === "object" && value ? value.constructor?.name : String(typeof value);
}

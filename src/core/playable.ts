/**
 * What a bot may write to a transport, which no compiler has checked for every bot.
 *
 * @module
 */
import { getLogger } from "./log.ts";
import type { AudioFrame, Frame } from "./frame.ts";

const logger = getLogger(["pipecat", "runner", "session"]);

/** The rates that can be played, in Hz; all but the call's own are resampled. */
export const LOWEST_RATE = 1000;
/** The highest of them. */
export const HIGHEST_RATE = 384_000;

/** Tells whether a number is a rate that can be played. */
export function isPlayableRate(rate: unknown): rate is number {
  return Number.isInteger(rate) && Number(rate) >= LOWEST_RATE && Number(rate) <= HIGHEST_RATE;
}

/** Takes the place of what cannot be played. */
const NOTHING: AudioFrame = {
  type: "audio",
  samples: new Int16Array(0),
  sampleRate: 48_000,
  channels: 1,
};

/**
 * Makes a check for the frames of one call. A writable stream that throws takes nothing more, ever; so
 * a frame that cannot be played is left out, and the first of them is told in the log.
 */
export function playableFrames(): (frame: Frame) => Frame {
  let told = false;
  return (frame) => {
    const problem = problemOf(frame);
    if (problem === undefined) return frame;
    if (!told) {
      told = true;
      const error = new TypeError(problem);
      logger.error("The bot wrote a frame that cannot be played; it is left out: {error}", {
        error,
      });
    }
    return NOTHING;
  };
}

function problemOf(frame: Frame): string | undefined {
  switch (frame?.type) {
    case "audio":
      return problemOfAudio(frame);
    case "dtmf":
    case "message":
      return undefined;
    default:
      return "A frame has a type, which is audio, dtmf or message.";
  }
}

function problemOfAudio({ samples, sampleRate, channels }: AudioFrame): string | undefined {
  if (!(samples instanceof Int16Array)) return "The samples of a frame are an Int16Array.";
  if (!isPlayableRate(sampleRate)) {
    return `A frame of ${sampleRate} Hz: the rate is a whole number from ${LOWEST_RATE} to ${HIGHEST_RATE}.`;
  }
  return channels === 1 || channels === 2 ? undefined : "A frame has one channel or two.";
}

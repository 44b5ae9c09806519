/**
 * Makes frames from sound that arrives over a WebSocket, in the format that the bot asked for.
 *
 * @module
 */
import { toMono, toStereo } from "../audio/channels.ts";
import { createResampler, type Resampler } from "../audio/resample.ts";
import { audioDuration, type AudioFrame } from "../core/frame.ts";
import type { TransportParams } from "./transport.ts";

/** The default rate at which a bot hears, in Hz. */
const RATE = 16_000;

/** Makes frames from what one client sends. Its rate may change. */
export function frameMaker(params: TransportParams): (frame: AudioFrame) => AudioFrame {
  const { audioInSampleRate: sampleRate = RATE, audioInChannels: channels = 1 } = params;
  let from: number = sampleRate;
  let resampler: Resampler | undefined;
  let timestamp = 0;
  return (frame) => {
    if (frame.sampleRate !== from) {
      from = frame.sampleRate;
      resampler = createResampler(from, sampleRate);
    }
    const mono = toMono(frame.samples, frame.channels);
    const samples = resampler ? resampler.process(mono) : mono;
    const began = timestamp;
    timestamp += audioDuration(frame);
    return {
      type: "audio",
      samples: channels === 2 ? toStereo(samples) : samples,
      sampleRate,
      channels,
      timestamp: began,
    };
  };
}

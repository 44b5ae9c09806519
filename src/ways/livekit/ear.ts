/**
 * The bot's ear in a LiveKit room.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { getLogger } from "../../core/log.ts";
import { type AudioFrame, FRAME_MS } from "../../core/frame.ts";
import type { LiveKitAudioFrame, LiveKitRtc, LiveKitTrack } from "./rtc.ts";
import type { TransportParams } from "../../transports/transport.ts";

const logger = getLogger(["pipecat", "runner", "livekit"]);

/** Hears the user: one track after another, as one stream. */
export interface Ear<Track extends LiveKitTrack> {
  /** Goes over to a track. */
  listen(track: Track): void;
  /** Stops hearing. */
  end(): void;
}

/**
 * Makes the ear of one session.
 *
 * @param push Takes the frames. Their time is that of the session: it passes between two tracks, too.
 */
export function createEar<Track extends LiveKitTrack>(
  rtc: LiveKitRtc<Track>,
  { audioInSampleRate: sampleRate = 16_000, audioInChannels: channels = 1 }: TransportParams,
  clock: Clock,
  push: (frame: AudioFrame) => void,
  about: Readonly<Record<string, unknown>>,
): Ear<Track> {
  const options = { sampleRate, numChannels: channels, frameSizeMs: FRAME_MS };
  const began = clock.now();
  let reader: ReadableStreamDefaultReader<LiveKitAudioFrame> | undefined;
  let timestamp = 0;
  const end = () => {
    reader?.cancel().catch(() => {}); // its end no longer matters
  };
  const pump = async (current: ReadableStreamDefaultReader<LiveKitAudioFrame>) => {
    // The library delivers without a pause, muted or not; only between two tracks there is none.
    timestamp = Math.max(timestamp, clock.now() - began);
    for (;;) {
      const { value, done } = await current.read();
      if (done) return;
      push({ type: "audio", samples: value.data, sampleRate, channels, timestamp });
      timestamp += value.data.length / channels / sampleRate * 1000;
    }
  };
  return {
    listen(track) {
      end();
      reader = new rtc.AudioStream(track, options).getReader();
      void pump(reader).catch((error) => {
        logger.warn("A track broke off: {error}", { ...about, error });
      });
    },
    end,
  };
}

/**
 * A LiveKit room whose library plays what the bot says in the time that it takes.
 */
import type { LiveKitAudioFrame, LiveKitRtc } from "../../../src/ways/livekit/rtc.ts";
import { fakeLiveKit } from "../../support/fake_livekit.ts";

const RATE = 48_000;

/** Makes an empty room. */
export function playingLiveKit() {
  const room = fakeLiveKit();
  const pieces: { readonly at: number; samples: Int16Array }[] = [];
  let end = 0;
  class AudioSource {
    captureFrame({ data }: LiveKitAudioFrame) {
      const at = Math.max(end, performance.now());
      pieces.push({ at, samples: new Int16Array(data.buffer) });
      end = at + data.length * 1000 / RATE;
      return Promise.resolve();
    }
    clearQueue() {
      const now = performance.now();
      for (const piece of pieces) {
        const played = Math.max(0, Math.floor((now - piece.at) * RATE / 1000));
        piece.samples = piece.samples.subarray(0, played);
      }
      end = Math.min(end, now);
    }
    close() {
      return Promise.resolve();
    }
  }
  const rtc: LiveKitRtc = { ...room.rtc, AudioSource };
  return {
    ...room,
    rtc,
    heard: () => pieces.flatMap(({ samples }) => [...samples]),
    lastHeard: () => end,
  };
}

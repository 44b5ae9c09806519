/**
 * Presses keys with tones in the audio, for carriers without another way.
 *
 * @module
 */
import { dtmfTones } from "../../audio/dtmf_tones.ts";
import type { CarrierSerializer } from "../../core/carrier.ts";
import { delay } from "../../core/wait.ts";
import { messageLength } from "../../transports/playout.ts";
import type { PhoneLine } from "./line.ts";

/** Plays the tones of keys; resolves when they were heard, or should have been. */
export async function playTones(
  line: PhoneLine,
  { size, media }: Pick<CarrierSerializer, "size" | "media">,
  { keys, sampleRate, signal }: {
    readonly keys: string;
    readonly sampleRate: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  if (line.play) {
    for (const key of keys) {
      const samples = dtmfTones(key, sampleRate);
      await line.play({ type: "audio", samples, sampleRate, channels: 1 });
    }
    return await line.drained();
  }
  // A bot without a transport speaks the carrier's own messages, and is not speaking now.
  const tones = dtmfTones(keys, sampleRate);
  for (let at = 0; at < tones.length;) {
    const left = tones.length - at;
    const message = new Int16Array(messageLength(size, left, left, true));
    message.set(tones.subarray(at, at + message.length)); // the last is filled up with silence
    line.send(media(message));
    at += message.length;
  }
  await delay(tones.length * 1000 / sampleRate, signal);
}

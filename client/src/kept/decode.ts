import { STEP_MS } from "../audio/loudness.ts";
import type { Recording } from "../audio/recorder.ts";

/** The rate of what is decoded, in Hz. */
const RATE = 16_000;

/**
 * Decodes the sound of a call; what has one channel is on both sides.
 *
 * @throws {DOMException} `EncodingError`, for what is no sound.
 */
export async function decoded(blob: Blob): Promise<Pick<Recording, "sampleRate" | "blocks">> {
  const context = new OfflineAudioContext(1, 1, RATE);
  const buffer = await context.decodeAudioData(await blob.arrayBuffer());
  const left = buffer.getChannelData(0);
  const right = buffer.getChannelData(buffer.numberOfChannels - 1);
  const frames = RATE * STEP_MS / 1000;
  const blocks: Int16Array[] = [];
  for (let at = 0; at < buffer.length; at += frames) {
    const block = new Int16Array(2 * frames);
    for (let i = 0; i < frames && at + i < buffer.length; i++) {
      block[i] = Math.round((left[at + i] ?? 0) * 32767);
      block[frames + i] = Math.round((right[at + i] ?? 0) * 32767);
    }
    blocks.push(block);
  }
  return { sampleRate: RATE, blocks };
}

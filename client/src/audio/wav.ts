import type { Recording } from "./recorder.ts";

/** Makes a WAV file of a recording: the user left, the bot right. */
export function wavFile({ sampleRate, blocks }: Pick<Recording, "sampleRate" | "blocks">): Blob {
  const frames = blocks.reduce((sum, block) => sum + block.length / 2, 0);
  const view = new DataView(new ArrayBuffer(44 + frames * 4));
  const text = (at: number, word: string): void => {
    for (let i = 0; i < word.length; i++) view.setUint8(at + i, word.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, 36 + frames * 4, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 2, true); // channels
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 4, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, frames * 4, true);
  let at = 44;
  for (const block of blocks) {
    const half = block.length / 2;
    for (let i = 0; i < half; i++, at += 4) {
      view.setInt16(at, block[i] ?? 0, true);
      view.setInt16(at + 2, block[half + i] ?? 0, true);
    }
  }
  return new Blob([view], { type: "audio/wav" });
}

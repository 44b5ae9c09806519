/**
 * How the stand-ins speak: the chirp in pieces, faster than it is heard, as models do.
 *
 * @module
 */
import { chirp } from "./chirp.ts";

/** The sound of a piece, in ms, and how long until the next, in ms: ten times as fast as it is heard. */
const PIECE_MS = 200;
const PACE_MS = 20;

/** Says a part of the voice until it is aborted, piece by piece. */
export async function* speak(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  sampleRate: number,
  signal: AbortSignal,
): AsyncGenerator<Int16Array<ArrayBuffer>> {
  for (let at = fromMs; at < toMs && !signal.aborted; at += PIECE_MS) {
    yield chirp(sampleRate, at, Math.min(at + PIECE_MS, toMs));
    await pause(PACE_MS, signal);
  }
}

/** 16-bit PCM, little endian, as base64. */
export function toBase64(samples: Int16Array<ArrayBuffer>): string {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength).toBase64();
}

/**
 * Reads 16-bit PCM, little endian, from base64 or bytes.
 *
 * @throws {Error} When it is none.
 */
export function fromPcm(audio: string | ArrayBuffer): Int16Array {
  const bytes = typeof audio === "string" ? Uint8Array.fromBase64(audio) : new Uint8Array(audio);
  if (bytes.length % 2 !== 0) throw new Error("16-bit audio has an even number of bytes");
  return new Int16Array(bytes.slice().buffer);
}

/** Waits, or until it is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
}

/**
 * Reads WAV files piece by piece.
 *
 * @module
 */
import { concat } from "../core/bytes.ts";
import type { AudioFrame } from "../core/frame.ts";
import { badWav, noSamples, parseWavFormat, type WavFormat } from "./wav_format.ts";

/** Reads one file. */
export interface WavReader {
  /**
   * Reads the next piece, which may be cut anywhere; undefined until samples may come.
   *
   * @throws {RunnerError} `bad_wav` if the file cannot be read.
   */
  read(bytes: Uint8Array): AudioFrame | undefined;
  /**
   * Ends the file; a truncated file ends where it was cut.
   *
   * @throws {RunnerError} `bad_wav` if the samples never began.
   */
  end(): void;
}

/** What comes before the samples. */
interface Head {
  readonly format: WavFormat;
  /** How many bytes of samples follow. */
  readonly length: number;
}

/** No format has more bytes. */
const LARGEST_FORMAT = 1024;
/** Skipped bytes are requested in portions of this size. */
const PORTION = 4096;
/** Lengths that are written while the true one is unknown. */
const UNKNOWN_LENGTHS = [0, 0xffff_ffff];

/** Makes a reader. */
export function createWavReader(): WavReader {
  const reading = readHead();
  let step = reading.next();
  let pending: Uint8Array = new Uint8Array(0);
  let taken = 0;

  const take = (length: number): Uint8Array => {
    const bytes = pending.subarray(0, length);
    pending = pending.subarray(length);
    return bytes;
  };
  const samples = ({ format, length }: Head): AudioFrame => {
    const { sampleRate, channels, bytes, decode } = format;
    const most = Math.min(length - taken, pending.length);
    const whole = most - most % (bytes * channels);
    taken += whole;
    const decoded = decode(take(whole));
    if (length - taken < bytes * channels) pending = new Uint8Array(0); // other chunks follow
    return { type: "audio", samples: decoded, sampleRate, channels };
  };
  return {
    read(bytes) {
      pending = pending.length === 0 ? bytes : concat(pending, bytes);
      while (!step.done && pending.length >= step.value) step = reading.next(take(step.value));
      const frame = step.done ? samples(step.value) : undefined;
      pending = pending.slice(); // the reader of the source may reuse what it returned
      return frame;
    },
    end() {
      if (!step.done) throw noSamples();
    },
  };
}

/** Reads up to the samples; yields how many bytes it needs next. */
function* readHead(): Generator<number, Head, Uint8Array> {
  const file = yield 12;
  if (!["RIFF", "RF64"].includes(tag(file, 0)) || tag(file, 8) !== "WAVE") {
    throw badWav("This is not a WAV file.");
  }
  for (let format: WavFormat | undefined;;) {
    const chunk = yield 8;
    const name = tag(chunk, 0);
    const length = new DataView(chunk.buffer, chunk.byteOffset).getUint32(4, true);
    if (name === "data") {
      if (!format) throw badWav("The WAV file has its samples before its format.");
      return { format, length: UNKNOWN_LENGTHS.includes(length) ? Infinity : length };
    }
    let left = length + length % 2;
    if (name === "fmt ") {
      const formatBytes = Math.min(length, LARGEST_FORMAT);
      format = parseWavFormat(yield formatBytes);
      left -= formatBytes;
    }
    for (; left > 0; left -= PORTION) yield Math.min(left, PORTION);
  }
}

function tag(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}

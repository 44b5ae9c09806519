/**
 * The encoders of one stream, one for each format that its bot has used.
 *
 * @module
 */
import type { AudioEncoder, Codec } from "./codec.ts";
import type { Format } from "./sendable.ts";

/** The encoders of one stream. */
export interface Encoders {
  /** The encoder of a format; of another codec than before it is a new one. */
  of(codec: Codec, format: Format): AudioEncoder;
  /** Prepares them for losses from now on, in percent. */
  expectLoss(percent: number): void;
  /** A new sound begins, without the end of the one before. */
  restart(): void;
  /** Gives them back. */
  free(): void;
}

/** Makes encoders as they are needed. */
export function createEncoders(): Encoders {
  const encoders = new Map<string, AudioEncoder>();
  let codec: Codec | undefined;
  let lossPercent: number | undefined;
  const free = () => {
    for (const encoder of encoders.values()) encoder.free();
    encoders.clear();
  };
  return {
    of(next, { rate, channels }) {
      if (next !== codec) free();
      codec = next;
      const key = `${rate}/${channels}`;
      let encoder = encoders.get(key);
      if (!encoder) {
        encoder = codec.encoder({ sampleRate: rate, channels });
        if (lossPercent !== undefined) encoder.expectLoss?.(lossPercent);
        encoders.set(key, encoder);
      }
      return encoder;
    },
    expectLoss(percent) {
      if (percent === lossPercent) return;
      lossPercent = percent;
      for (const encoder of encoders.values()) encoder.expectLoss?.(percent);
    },
    restart() {
      for (const encoder of encoders.values()) encoder.restart();
    },
    free,
  };
}

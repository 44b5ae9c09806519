/**
 * WAV files as streams: of any length, and cut anywhere.
 *
 * @module
 */
import type { AudioFrame } from "../core/frame.ts";
import { type AudioFormat, type Converter, createConverter } from "./convert.ts";
import { bytesFromSamples } from "./pcm.ts";
import { wavHeader } from "./wav.ts";
import { createWavReader } from "./wav_reader.ts";

/**
 * Makes frames from an arriving WAV file, for example from a text-to-speech service: PCM of 8 to 32
 * bits, floats or G.711, mono or stereo. The readable fails with a {@link RunnerError} `bad_wav`
 * for anything else.
 *
 * @example
 * ```ts
 * import type { Transport } from "@pipecat/runner";
 * import { fromWav } from "@pipecat/runner/audio";
 *
 * async function play(url: string, transport: Transport): Promise<void> {
 *   const { body } = await fetch(url);
 *   await body?.pipeThrough(fromWav()).pipeTo(transport.writable, { preventClose: true });
 * }
 * ```
 */
export function fromWav(): TransformStream<Uint8Array, AudioFrame> {
  const reader = createWavReader();
  return new TransformStream({
    transform(bytes, controller) {
      const frame = reader.read(bytes);
      if (frame && frame.samples.length > 0) controller.enqueue(frame);
    },
    flush: () => void reader.end(),
  });
}

/**
 * Makes a WAV file of 16-bit PCM from arriving frames of any rate and channels, which it converts.
 * The header names the largest length, since the true one is not known yet: players read such a
 * file to its end.
 *
 * @param format What to write. Default: the rate and channels of the first frame.
 *
 * @example
 * ```ts
 * import type { AudioFrame } from "@pipecat/runner";
 * import { toWav } from "@pipecat/runner/audio";
 *
 * function download(frames: ReadableStream<AudioFrame>): Response {
 *   const body = frames.pipeThrough(toWav({ sampleRate: 16_000 }));
 *   return new Response(body, { headers: { "content-type": "audio/wav" } });
 * }
 * ```
 */
export function toWav(format?: AudioFormat): TransformStream<AudioFrame, Uint8Array<ArrayBuffer>> {
  let converter: Converter | undefined;
  const give = (samples: Int16Array, controller: TransformStreamDefaultController<Uint8Array>) => {
    if (samples.length > 0) controller.enqueue(bytesFromSamples(samples));
  };
  return new TransformStream({
    transform(frame, controller) {
      if (!converter) {
        const { sampleRate, channels = 1 } = format ?? frame;
        converter = createConverter({ sampleRate, channels });
        controller.enqueue(wavHeader({ sampleRate, channels }));
      }
      give(converter.convert(frame), controller);
    },
    flush(controller) {
      if (converter) give(converter.flush(), controller);
    },
  });
}

/**
 * Sound for bots: WAV files, samples as bytes and base64, resampling, G.711, loudness and mixing.
 * Everything works on web streams or plain arrays, on Deno, Node, Bun, Workers and in browsers.
 *
 * Samples are signed 16-bit PCM in an `Int16Array`, rates are in Hz, and a gain is a factor.
 *
 * @example Say what a text-to-speech service sends
 * ```ts
 * import type { Transport } from "@pipecat/runner";
 * import { fromPcm } from "@pipecat/runner/audio";
 *
 * async function speak(answer: Response, transport: Transport): Promise<void> {
 *   const speech = answer.body?.pipeThrough(fromPcm({ sampleRate: 24_000 }));
 *   await speech?.pipeTo(transport.writable, { preventClose: true });
 * }
 * ```
 *
 * @module
 */
export { encodeWav, parseWav, type Wav, wavHeader } from "./wav.ts";
export { fromWav, toWav } from "./wav_stream.ts";
export {
  base64FromSamples,
  bytesFromSamples,
  floatsFromSamples,
  type SampleFormat,
  samplesFromBase64,
  samplesFromBytes,
  samplesFromFloats,
} from "./pcm.ts";
export {
  createPcmReader,
  fromPcm,
  type PcmChunk,
  type PcmEncodings,
  type PcmOptions,
  type PcmReader,
  toPcm,
  type ToPcmOptions,
} from "./pcm_stream.ts";
export {
  type AudioFormat,
  convertAudio,
  type Converter,
  createConverter,
  resample,
} from "./convert.ts";
export { createResampler, type Resampler } from "./resample.ts";
export { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "./g711.ts";
export { toMono, toStereo } from "./channels.ts";
export { amplify, mixInto } from "./loudness.ts";
export { gain, mix, type MixSource, repeat } from "./mixing.ts";
export { audioDuration, type AudioFrame } from "../core/frame.ts";
export { RunnerError } from "../core/error.ts";

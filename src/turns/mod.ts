/**
 * Turns: when the user starts to speak, what is said, and when the user has finished.
 *
 * @example
 * ```ts
 * import type { AudioFrame } from "@pipecat/runner";
 * import { turns } from "@pipecat/runner/turns";
 *
 * // Any sound will do: a transport, or frames from elsewhere.
 * async function* sound(): AsyncGenerator<AudioFrame> {
 *   yield { type: "audio", samples: new Int16Array(320), sampleRate: 16_000, channels: 1 };
 * }
 * for await (const turn of turns(sound(), { stopMs: 500 })) {
 *   for await (const { samples } of turn.audio) console.log(samples.length); // as it comes
 * }
 * ```
 *
 * @module
 */
export { builtInVad } from "./built_in.ts";
export type { TurnOptions } from "./options.ts";
export {
  type OnnxRuntime,
  type OnnxSession,
  type OnnxTensor,
  silero,
  type SileroOptions,
} from "./silero.ts";
export type { Turn, TurnEnd, TurnEndReason } from "./turn.ts";
export { turns, type TurnSource, type TurnTransport } from "./turns.ts";
export type { Vad, VadStream } from "./vad.ts";

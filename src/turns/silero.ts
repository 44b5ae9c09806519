/**
 * Silero's voice detector, a small neural network, which also tells voices from music.
 *
 * This package contains neither the model nor its runtime, and does not download them.
 *
 * @module
 */
import type { Vad, VadStream } from "./vad.ts";

/** The part of ONNX Runtime that is used: `onnxruntime-node` and `onnxruntime-web` both have it. */
export interface OnnxRuntime {
  /** How models are loaded. */
  readonly InferenceSession: {
    /** Loads a model from its bytes. */
    create(
      model: Uint8Array,
      options?: { readonly intraOpNumThreads?: number; readonly interOpNumThreads?: number },
    ): Promise<OnnxSession>;
  };
  /** What models take. */
  readonly Tensor: {
    new (type: "float32", data: Float32Array, shape: readonly number[]): OnnxTensor;
    new (type: "int64", data: BigInt64Array, shape: readonly number[]): OnnxTensor;
  };
}

/** A model's inputs and outputs. */
export interface OnnxTensor {
  /** The numbers. */
  readonly data: unknown;
}

/** A model that is loaded. */
export interface OnnxSession {
  /** Runs the model once. */
  run(inputs: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>>;
}

/** What {@link silero} needs. */
export interface SileroOptions {
  /** ONNX Runtime, as its package exports it. */
  readonly ort: OnnxRuntime;
  /** The bytes of the model, version 5 or 6: `silero_vad.onnx`, 2.3 MB. */
  readonly model: Uint8Array;
}

/** A window is 32 ms, and includes the end of the one before. */
const WINDOWS_PER_S = 31.25;
const CONTEXT_PART = 1 / 8;
const STATE = [2, 1, 128];
/**
 * Music, and at 8 kHz long silence, leave the network in a state in which it hears no voice. As in
 * Pipecat, it is reset every two seconds, after this many windows in which certainly nobody spoke.
 */
const RESET_EVERY = 2 * WINDOWS_PER_S;
const QUIET_WINDOWS = 5;
const QUIET = 0.1;

/**
 * Makes a detector from Silero's model, which is loaded once for all streams.
 *
 * One second of sound takes a core about 4 ms with `onnxruntime-node` (a download of 110 MB) and 60
 * ms with `onnxruntime-web` (33 MB), if you limit that to one thread:
 * `ort.env.wasm.numThreads = 1`. Both and the model have the MIT license.
 *
 * @throws {Error} When listening begins, if ONNX Runtime cannot load the model.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { type OnnxRuntime, silero, type Vad } from "@pipecat/runner/turns";
 *
 * // `import * as ort from "npm:onnxruntime-node@1.30.0"`; and the model is silero_vad_v6.onnx of the npm
 * // package @ricky0123/vad-web, or silero_vad.onnx of Silero's own repository.
 * async function load(ort: OnnxRuntime, path: string): Promise<Vad> {
 *   return silero({ ort, model: await readFile(path) });
 * }
 * ```
 */
export function silero({ ort, model }: SileroOptions): Vad {
  let loading: Promise<OnnxSession> | undefined;
  const load = () =>
    loading ??= ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  return {
    name: "silero",
    open: async (sampleRate) => listen(ort, await load(), sampleRate === 8000 ? 8000 : 16_000),
  };
}

function listen(ort: OnnxRuntime, session: OnnxSession, sampleRate: number): VadStream {
  const windowSize = sampleRate / WINDOWS_PER_S;
  const context = windowSize * CONTEXT_PART;
  const rate = new ort.Tensor("int64", BigInt64Array.of(BigInt(sampleRate)), []);
  const fresh = () => new ort.Tensor("float32", new Float32Array(256), STATE);
  const input = new Float32Array(context + windowSize);
  let state = fresh();
  let age = 0;
  let quiet = 0;
  return {
    sampleRate,
    windowSize,
    async confidence(window) {
      input.copyWithin(0, windowSize);
      for (let i = 0; i < windowSize; i++) input[context + i] = window[i]! / 32_768;
      const tensor = new ort.Tensor("float32", input, [1, input.length]);
      const { output, stateN } = await session.run({ input: tensor, state, sr: rate });
      const [confidence] = output?.data instanceof Float32Array ? output.data : [];
      if (confidence === undefined || !stateN) {
        throw new TypeError("The model is not Silero's voice detector of version 5 or 6.");
      }
      state = stateN;
      quiet = confidence < QUIET ? quiet + 1 : 0;
      if (++age >= RESET_EVERY && quiet >= QUIET_WINDOWS) {
        state = fresh();
        input.fill(0);
        age = 0;
      }
      return confidence;
    },
  };
}

/**
 * The voice detector of the WebRTC project: looks at the spectrum of one window at a time.
 *
 * @module
 */
import fvad from "@echogarden/fvad-wasm";

/** A detector for one stream of mono sound. */
export interface VoiceJudge extends Disposable {
  /** Tells whether the next window, of 20 ms, sounds like a voice. Hiss does, too. */
  isVoice(window: Int16Array): boolean;
}

/** How sure it has to be, 0 to 3. */
const MODE = 2;
const WINDOW_S = 0.02;

/** The part of the package's module that is used here; the package has no types. */
interface Fvad {
  readonly HEAP16: Int16Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _fvad_new(): number;
  _fvad_free(detector: number): void;
  _fvad_set_mode(detector: number, mode: number): number;
  _fvad_set_sample_rate(detector: number, sampleRate: number): number;
  _fvad_process(detector: number, samples: number, count: number): number;
}

/** The WebAssembly instance that all sessions of the process share: it takes 16 MB of memory. */
const shared: { module?: Promise<Fvad> } = {};

/**
 * Makes a detector.
 *
 * @param sampleRate 8000, 16 000, 32 000 or 48 000 Hz.
 */
export async function createVoiceJudge(sampleRate: number): Promise<VoiceJudge> {
  shared.module ??= fvad() as Promise<Fvad>; // the members above are those that it exports
  const module = await shared.module;
  const detector = module._fvad_new();
  module._fvad_set_mode(detector, MODE);
  module._fvad_set_sample_rate(detector, sampleRate);
  const pointer = module._malloc(sampleRate * WINDOW_S * Int16Array.BYTES_PER_ELEMENT);
  return {
    isVoice(window) {
      module.HEAP16.set(window, pointer / Int16Array.BYTES_PER_ELEMENT);
      return module._fvad_process(detector, pointer, window.length) === 1;
    },
    [Symbol.dispose]() {
      module._free(pointer);
      module._fvad_free(detector);
    },
  };
}

/**
 * How the stand-ins tell speech from silence: by loudness alone.
 *
 * @module
 */

/** Louder than this, as the root mean square of 20 ms, is speech. */
const LOUD = 800;
const WINDOW_MS = 20;
/** How much must be loud for speech to begin, in ms. */
const STARTS_AFTER_MS = 60;

/** What is heard, and what to do when somebody speaks. */
export interface VoiceActivityOptions {
  readonly sampleRate: number;
  /** How long it must be silent for speech to end, in ms. */
  readonly silenceMs: number;
  /** Called with the time at which speech began or ended, in ms of all that was heard. */
  readonly started: (atMs: number) => void;
  readonly stopped: (atMs: number) => void;
}

/** Returns what takes the sound. */
export function voiceActivity(options: VoiceActivityOptions): (samples: Int16Array) => void {
  const { sampleRate, silenceMs, started, stopped } = options;
  const size = sampleRate * WINDOW_MS / 1000;
  let windows = 0;
  let loudMs = 0;
  let quietMs = 0;
  let speaking = false;
  let [energy, filled] = [0, 0];

  const step = (loud: boolean) => {
    windows++;
    loudMs = loud ? loudMs + WINDOW_MS : 0;
    quietMs = loud ? 0 : quietMs + WINDOW_MS;
    const now = windows * WINDOW_MS;
    if (!speaking && loudMs >= STARTS_AFTER_MS) {
      speaking = true;
      started(now - loudMs);
    } else if (speaking && quietMs >= silenceMs) {
      speaking = false;
      stopped(now - quietMs);
    }
  };

  return (samples) => {
    for (const sample of samples) {
      energy += sample * sample;
      if (++filled < size) continue;
      step(Math.sqrt(energy / size) > LOUD);
      energy = filled = 0;
    }
  };
}

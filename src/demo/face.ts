/**
 * The demo's face: its mouth moves with what is heard.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Transport } from "../transports/transport.ts";
import type { Utterance } from "../transports/utterance.ts";
import { loadFaces } from "./faces.ts";
import type { Clip } from "./speech.ts";
import { sleepUntil } from "./until.ts";

/** One face. */
export interface Face {
  /** Moves the mouth while a clip is heard, after those before it. */
  speak(utterance: Utterance, clip: Clip): void;
}

/** What a {@link Face} needs. */
export interface FaceOptions {
  readonly transport: Pick<Transport, "show">;
  /** Closes its mouth for good. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** A mouth that moves more often only trembles. */
const STEP_MS = 80;
/** From these levels on the mouth is open, wider, and wide; the most is 32767. */
const LEVELS = [300, 1200, 3500];

/** Shows a face with its mouth shut. */
export function createFace({ transport, signal, clock }: FaceOptions): Face {
  const faces = loadFaces();
  let shown: number | undefined;
  let latest: Promise<void> = Promise.resolve();

  const show = (mouth: number) => {
    const face = faces[mouth];
    if (mouth === shown || !face) return;
    shown = mouth;
    transport.show(face);
  };
  const move = async (utterance: Utterance, clip: Clip): Promise<void> => {
    const mouths = mouthsOf(clip);
    let over = false;
    const end = () => over = true;
    utterance.done.then(end, end);
    while (!over && !signal.aborted) {
      show(mouths[Math.floor(utterance.heardMs / STEP_MS)] ?? 0);
      await sleepUntil(clock.now() + STEP_MS, { signal, clock });
    }
    show(0);
  };

  show(0);
  return {
    speak(utterance, clip) {
      latest = latest.then(() => move(utterance, clip));
    },
  };
}

/** How far the mouth is open at each step of a clip. */
export function mouthsOf({ samples, sampleRate }: Clip): number[] {
  const size = Math.round(sampleRate * STEP_MS / 1000);
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, step) => {
    const part = samples.subarray(step * size, (step + 1) * size);
    const power = part.reduce((sum, sample) => sum + sample * sample, 0) / part.length;
    return LEVELS.filter((level) => Math.sqrt(power) >= level).length;
  });
}

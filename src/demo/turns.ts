/**
 * Whose turn it is: the caller's or the bot's.
 *
 * ```text
 *                 speech                     silence
 *   listening ─────────────▶ hearing ──────────────────▶ the bot answers ─▶ speaking
 *       ▲                       ▲                                              │ │
 *       │                       └──── speech for BARGE_IN_MS ──────────────────┘ │
 *       └────────────────────────────── all was said ────────────────────────────┘
 * ```
 *
 * Whether the bot speaks is not known here but asked at every step, so the two cannot disagree.
 *
 * @module
 */
import { toMono } from "../audio/channels.ts";
import type { AudioFrame } from "../core/frame.ts";
import type { Clip } from "./speech.ts";
import { createVad, type Vad } from "./vad.ts";

/** What the caller did. */
export type TurnEvent =
  /** The caller speaks; when the bot was speaking, it has to stop. */
  | { readonly type: "started" }
  /** The caller has finished; `words` is what was said, absent when it was only noise. */
  | { readonly type: "ended"; readonly words?: Clip };

/** Follows a conversation. */
export interface Turns extends Disposable {
  /**
   * Takes the next sound of the caller, of any length, at a rate that {@link createVad} takes.
   *
   * @param botSpeaking Whether the bot is speaking while this sound arrives.
   */
  push(frame: AudioFrame, botSpeaking: boolean): Promise<TurnEvent[]>;
  /** Drops what the caller is saying, as if it had never begun; tells whether there was anything. */
  reset(): boolean;
}

/** Speech that it takes to interrupt the bot, in ms: more than a cough, or an echo of the bot. */
export const BARGE_IN_MS = 200;

/** Begins a conversation. */
export function createTurns(): Turns {
  let vad: Vad | undefined;
  let hearing = false;
  /** What did not fill a window yet. */
  let rest = new Int16Array(0);

  const step = (vad: Vad, window: Int16Array, botSpeaking: boolean): TurnEvent[] => {
    const utterance = vad.push(window);
    if (!utterance) return [];
    const { speechMs, over, noise } = utterance;
    if (!hearing && !over && speechMs >= (botSpeaking ? BARGE_IN_MS : 0)) {
      hearing = true;
      return [{ type: "started" }];
    }
    if (!hearing || !over) return [];
    hearing = false;
    if (noise) return [{ type: "ended" }];
    return [{
      type: "ended",
      words: { samples: utterance.samples(), sampleRate: vad.sampleRate },
    }];
  };

  return {
    async push({ samples, sampleRate, channels }, botSpeaking) {
      if (vad?.sampleRate !== sampleRate) {
        vad?.[Symbol.dispose]();
        vad = await createVad(sampleRate);
      }
      const mono = toMono(samples, channels);
      const sound = new Int16Array(rest.length + mono.length);
      sound.set(rest);
      sound.set(mono, rest.length);
      const events: TurnEvent[] = [];
      let start = 0;
      for (; start + vad.windowSize <= sound.length; start += vad.windowSize) {
        events.push(...step(vad, sound.subarray(start, start + vad.windowSize), botSpeaking));
      }
      rest = sound.slice(start);
      return events;
    },
    reset() {
      const heard = hearing;
      hearing = false;
      vad?.reset();
      return heard;
    },
    [Symbol.dispose]: () => vad?.[Symbol.dispose](),
  };
}

import { type Known, rememberedStore } from "./remembered.ts";
import type { Store } from "./store.ts";

/** What the browser does to the sound of a microphone. */
export interface Processing {
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
}

/** How the user wants to hear, and to be heard. */
export interface SoundChoices extends Processing {
  /** Of the bot, from 0 to 1. */
  readonly volume: number;
}

/** Reads the choices of before. */
export function readSound({ volume, echoCancellation, noiseSuppression }: Known): SoundChoices {
  return {
    volume: typeof volume === "number" && volume >= 0 && volume <= 1 ? volume : 1,
    echoCancellation: echoCancellation !== false,
    noiseSuppression: noiseSuppression !== false,
  };
}

/** The choices of this browser. */
export function createSound(): Store<SoundChoices> {
  return rememberedStore("pipecat-runner-sound", readSound);
}

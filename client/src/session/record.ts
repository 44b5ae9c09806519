import type { CallFile } from "../../../src/recording/call_file.ts";
import type { CallView } from "./view.ts";

/** One call to look at: the one that goes on, the one before it, or one that was kept. */
export interface CallRecord {
  get(): CallView;
  readonly loudness: Loudness;
  /** What had to go, in a sentence; empty when all is there. */
  readonly lost: string;
  /** All that is known of it, in the format of the runner's own file. */
  file(): Promise<CallFile>;
  /** What was heard; undefined where nothing was recorded. */
  sound(): Promise<Sound | undefined>;
  /** The same as a WAV file. */
  wav(): Promise<Blob | undefined>;
}

/** The sound of a call: the user left, the bot right. */
export interface Sound {
  readonly blob: Blob;
  /** When it begins, in ms since the call began. */
  readonly from: number;
}

/** How loud both sides were, in steps of 50 ms. It grows in place: whoever draws it looks again. */
export interface Loudness {
  /** When the first step began, in ms since the call began. */
  from: number;
  readonly user: number[];
  readonly bot: number[];
}

/**
 * The audio that a carrier has been given and has not played yet.
 *
 * @module
 */
import { FRAME_MS } from "../core/frame.ts";
import type { CallClock } from "./clock.ts";

/** What a {@link Playback} is made of. */
export interface PlaybackOptions {
  readonly clock: CallClock;
  /** Samples per second, in Hz; one channel. */
  readonly sampleRate: number;
  /** Called with each piece once it was played, and when that began on the clock, in ms. */
  readonly heard: (samples: Int16Array, began: number) => void;
}

/** A queue that is played in the time that its audio takes. */
export interface Playback {
  /** Audio that was not played yet, in ms. */
  readonly queuedMs: number;
  /** Appends audio. */
  play(samples: Int16Array): void;
  /** Calls back when all audio before it was played: at once when there is none. */
  mark(played: () => void): void;
  /** Drops what was not played; returns the marks that were waiting. */
  clear(): (() => void)[];
}

/** Makes an empty queue; its clock is used only while it plays. */
export function createPlayback({ clock, sampleRate, heard }: PlaybackOptions): Playback {
  const queue: (Int16Array | (() => void))[] = [];
  const pieceSamples = Math.round(sampleRate * FRAME_MS / 1000);
  let queued = 0;
  /** Ends the piece that plays now; undefined while nothing plays. */
  let stop: (() => void) | undefined;
  /** When the next piece begins. */
  let playhead = 0;

  const step = () => {
    stop = undefined;
    for (let item = queue[0]; item !== undefined; item = queue[0]) {
      if (typeof item !== "function") return playPiece(item);
      queue.shift();
      item();
    }
  };
  const playPiece = (audio: Int16Array) => {
    const piece = audio.subarray(0, pieceSamples);
    const began = playhead = Math.max(playhead, clock.now());
    playhead += piece.length / sampleRate * 1000;
    stop = clock.schedule(() => {
      if (piece.length === audio.length) queue.shift();
      else queue[0] = audio.subarray(piece.length);
      queued -= piece.length;
      heard(piece, began);
      step();
    }, playhead - clock.now());
  };

  return {
    get queuedMs() {
      return queued / sampleRate * 1000;
    },
    play(samples) {
      if (samples.length === 0) return;
      queue.push(samples);
      queued += samples.length;
      if (!stop) step();
    },
    mark(played) {
      queue.push(played);
      if (!stop) step();
    },
    clear() {
      stop?.();
      stop = undefined;
      playhead = clock.now();
      queued = 0;
      return queue.splice(0).filter((item) => typeof item === "function");
    },
  };
}

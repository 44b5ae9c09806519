/**
 * The audio that a carrier has received and not yet played.
 *
 * @module
 */
import { FRAME_MS } from "../core/frame.ts";
import type { CallClock } from "./clock.ts";

/** What a {@link Playback} needs. */
export interface PlaybackOptions {
  readonly clock: CallClock;
  /** Samples per second, in Hz; one channel. */
  readonly sampleRate: number;
  /** After a pause, how long it waits for more before it plays what came, in ms. Default: 0. */
  readonly bufferMs?: number;
  /** Called with each piece once it was played, and when it began on the clock, in ms. */
  readonly heard: (samples: Int16Array, began: number) => void;
}

/** A queue that plays audio at its own speed. */
export interface Playback {
  /** Audio that was not played yet, in ms. */
  readonly queuedMs: number;
  /** Appends audio. */
  play(samples: Int16Array): void;
  /** Calls back when all audio before it was played; at once if there is none. */
  mark(played: () => void): void;
  /** Drops what was not played, even in the middle of a piece; returns the waiting marks. */
  clear(): (() => void)[];
}

/** Makes an empty queue; its clock is used only while it plays. */
export function createPlayback(options: PlaybackOptions): Playback {
  const { clock, sampleRate, bufferMs = 0, heard } = options;
  const queue: (Int16Array | (() => void))[] = [];
  const pieceSamples = Math.round(sampleRate * FRAME_MS / 1000);
  let queued = 0;
  /** Ends the piece that plays now; undefined while nothing plays. */
  let stop: (() => void) | undefined;
  /** The piece that plays now, and what ends it. */
  let playing: { readonly samples: Int16Array; readonly began: number; finish(): void } | undefined;
  /** When the next piece begins. */
  let playhead = 0;

  /** Begins to play, after a pause. */
  const begin = () => {
    if (bufferMs === 0 || queued === 0) resume();
    else stop = clock.schedule(resume, bufferMs);
  };
  const resume = () => {
    playhead = Math.max(playhead, clock.now());
    step();
  };
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
    // Without a pause, a piece begins where the last one ended, however late the timer was.
    const began = playhead;
    playhead += piece.length / sampleRate * 1000;
    const finish = () => {
      if (piece.length === audio.length) queue.shift();
      else queue[0] = audio.subarray(piece.length);
      queued -= piece.length;
      playing = undefined;
      heard(piece, began);
      step();
    };
    playing = { samples: piece, began, finish };
    stop = clock.schedule(finish, playhead - clock.now());
  };

  return {
    get queuedMs() {
      return queued / sampleRate * 1000;
    },
    play(samples) {
      if (samples.length === 0) return;
      queue.push(samples);
      queued += samples.length;
      if (!stop) begin();
    },
    mark(played) {
      queue.push(played);
      if (!stop) begin();
    },
    clear() {
      // A late timer delays nothing.
      while (playing && playhead <= clock.now()) {
        stop?.();
        playing.finish();
      }
      stop?.();
      stop = undefined;
      playhead = clock.now();
      if (playing) {
        const { samples, began } = playing;
        playing = undefined;
        const played = Math.floor((playhead - began) * sampleRate / 1000);
        if (played > 0) heard(samples.subarray(0, played), began);
      }
      queued = 0;
      return queue.splice(0).filter((item) => typeof item === "function");
    },
  };
}

/**
 * Sound under what a bot says, such as music on hold.
 *
 * @module
 */
import { type Converter, createConverter } from "../audio/convert.ts";
import { mixInto } from "../audio/loudness.ts";
import { audioDuration, type AudioFrame, partsOf } from "../core/frame.ts";
import { badOption } from "../core/options.ts";
import { getLogger } from "../core/log.ts";
import { checkFrame } from "../core/playable.ts";
import type { Background, Playback } from "../core/playback.ts";
import { iterate, type Sayable } from "./utterance.ts";

const logger = getLogger(["pipecat", "runner", "session"]);

/** How far to read ahead of what is heard, in ms. */
const AHEAD_MS = 1000;

/** How a sound plays in the background. */
export interface BackgroundOptions {
  /** The factor for each sample: 0.1 is -20 dB. Default: 1. */
  readonly gain?: number;
}

/** A sound in the background. */
export interface BackgroundSound {
  /** Ends it. It also ends with its source, and with the call. */
  stop(): void;
}

/** The sounds in the background of a call. */
export interface Backgrounds {
  /** See `Transport.background`. */
  add(sound: Sayable, options?: BackgroundOptions): BackgroundSound;
  /** Ends all of them. */
  end(): void;
}

/** Has none at first. */
export function createBackgrounds(playback: Playback): Backgrounds {
  const sources = new Set<Source>();
  let over = false;
  const background: Background = {
    take(length, sampleRate) {
      const mixed = new Int16Array(length);
      for (const source of sources) {
        mixInto(mixed, source.take(length, sampleRate), source.gain);
        if (source.ended) remove(source);
      }
      return mixed;
    },
  };
  const remove = (source: Source) => {
    source.stop();
    if (sources.delete(source) && sources.size === 0) playback.accompany(undefined);
  };
  return {
    add(sound, { gain = 1 } = {}) {
      if (!Number.isFinite(gain) || gain < 0) throw badOption("gain", "a number from 0", gain);
      const source = createSource(sound, gain, () => {
        if (source.ended) remove(source);
        else playback.accompany(background);
      });
      if (over) source.stop();
      else sources.add(source);
      return { stop: () => remove(source) };
    },
    end() {
      over = true;
      for (const source of sources) remove(source);
    },
  };
}

/** One sound, read as it is needed. */
interface Source {
  readonly gain: number;
  /** Whether nothing remains of it. */
  readonly ended: boolean;
  /** The next samples, mono; fewer if its source is late. */
  take(length: number, sampleRate: number): Int16Array;
  stop(): void;
}

/**
 * Starts reading a sound.
 *
 * @param changed Called when its first sound is available, and when its last is.
 */
function createSource(sound: Sayable, gain: number, changed: () => void): Source {
  const iterator = iterate("type" in sound ? [sound] : sound);
  const waiting: AudioFrame[] = [];
  let waitingMs = 0;
  /** What was converted but not yet taken. */
  let rest: Int16Array = new Int16Array(0);
  let converter: Converter | undefined;
  let rate = 0;
  let room: PromiseWithResolvers<void> | undefined;
  let begun = false;
  let complete = false;
  let stopped = false;

  const read = async () => {
    while (!stopped) {
      const { done, value: frame } = await iterator.next();
      if (done) return;
      checkFrame(frame);
      for (const part of partsOf(frame)) {
        if (stopped) return;
        waiting.push(part);
        waitingMs += audioDuration(part);
        if (!begun) changed();
        begun = true;
        if (waitingMs > AHEAD_MS) await (room = Promise.withResolvers()).promise;
      }
    }
  };
  /** The next piece at the rate of the call; undefined when nothing waits. */
  const next = (): Int16Array | undefined => {
    const part = waiting.shift();
    if (!part) return undefined;
    waitingMs -= audioDuration(part);
    if (waitingMs <= AHEAD_MS) room?.resolve();
    return converter?.convert(part);
  };
  void read()
    .catch((error) => logger.warn("A background sound broke off: {error}", { error }))
    .finally(() => {
      complete = true;
      if (!stopped) changed();
    });

  return {
    gain,
    get ended() {
      return stopped || (complete && waiting.length === 0 && rest.length === 0);
    },
    take(length, sampleRate) {
      if (rate !== sampleRate) converter = createConverter({ sampleRate: rate = sampleRate });
      const samples = new Int16Array(length);
      let filled = 0;
      while (filled < length) {
        if (rest.length === 0) rest = next() ?? rest;
        const part = rest.subarray(0, length - filled);
        if (part.length === 0 && waiting.length === 0) break;
        samples.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
      }
      return samples.subarray(0, filled);
    },
    stop() {
      if (stopped) return;
      stopped = true;
      room?.resolve();
      Promise.resolve(iterator.return?.()).catch(() => {}); // nobody waits for a source that is stuck
    },
  };
}

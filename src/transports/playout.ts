/**
 * Sends audio to a carrier as it is played, a little ahead of time.
 *
 * What a bot makes waits here and not at the carrier, so that an interruption drops most of it
 * without a word to the carrier. What is live leaves at once; when a stall has left a standing delay
 * on a live stream, as much of it is dropped as the delay is long.
 *
 * @module
 */
import { createDelayWatch } from "../audio/delay_watch.ts";
import type { Ticker } from "../audio/ticker.ts";
import { type AudioFaults, noAudioFaults } from "../core/audio_faults.ts";
import type { MessageSize } from "../core/carrier.ts";
import type { Clock } from "../core/clock.ts";
import { createCues } from "./cues.ts";
import { createHearing, type Hearing } from "./hearing.ts";

/** The same of pauses, in ms: what the bot says next has to wait for them. */
const PAUSE_LEAD_MS = 60;
/** How far ahead of the caller's ear audio is sent, in ms. */
const LEAD_MS = 100;
/** The most live audio to have on its way, in ms: more is paced. */
const MOST_LIVE_MS = 10_000;
/** A writer waits while more than this is queued, in ms. */
const MOST_WAITING_MS = 5000;
/** Audio that is too short for a message goes out with silence once the caller's ear is this near, in ms. */
const PAD_BEFORE_MS = 40;
/** … and nothing has followed for this long, in ms. */
const PAD_AFTER_MS = 250;
/** Media that comes in clumps, as over TCP it may, is not late: only after a stall there is more … */
const AT_ONCE = { window: 0, most: 1100, rest: 1100 };
/** … and what stands. */
const STANDING = { window: 450, most: 200, rest: 40 };
/** A carrier may play this much later than we reckon, in ms. */
const CARRIER_DELAY_MS = 1000;

/** What is sent: `live` as it comes, what the bot made at its `pace`, and the silence of a `pause`. */
export type SentKind = "live" | "pace" | "pause";

/** What a {@link Playout} is made of. */
export interface PlayoutOptions {
  /** Samples per second, in Hz; one channel. */
  readonly sampleRate: number;
  readonly size: MessageSize;
  /**
   * Sends a message's worth of audio, which is going to be played at this time of the clock.
   */
  readonly send: (samples: Int16Array, at: number, kind: SentKind) => void;
  /** How often live audio was lost before it could be written. Default: never. */
  readonly losses?: () => number;
  /** Where live audio that is dropped is counted. Default: nowhere. */
  readonly faults?: AudioFaults;
  readonly clock: Clock;
  readonly ticker: Ticker;
}

/** A queue of audio that empties in the time it takes to play it. */
export interface Playout {
  /** How much is heard. */
  readonly hearing: Hearing;
  /** Live audio that was dropped, in ms. */
  droppedMs(): number;
  /** Whether nothing waits, and all that was said should be played. */
  isDry(): boolean;
  /** Until all that was written should be played, in ms. */
  unplayedMs(): number;
  /** Queues audio; a timestamp, in ms of its stream, makes it live. */
  write(samples: Int16Array, timestamp?: number): void;
  /** Queues how a sound dies away, which is not counted. */
  trail(samples: Int16Array): void;
  /** Resolves when there is room for more; undefined when there is. */
  room(): Promise<void> | undefined;
  /** Calls back when all audio before this was sent, the last of it filled up with silence. */
  afterwards(action: () => void): void;
  /** Calls back when the audio before this was sent, or dropped. */
  cue(act: () => void): void;
  /** Drops what was not sent; tells whether the carrier may hold something it did not play. */
  clear(): boolean;
  /** Sends nothing, until it is cleared or resumed. */
  pause(): void;
  /** Goes on. */
  resume(): void;
  /** Whether pauses are sent, too, for there is something in the background. */
  sendPauses(on: boolean): void;
}

/** Makes an empty playout; its timer runs only while something waits. */
export function createPlayout(options: PlayoutOptions): Playout {
  const { sampleRate, size, send, losses = () => 0, clock, ticker } = options;
  const { faults = noAudioFaults() } = options;
  const ms = (samples: number) => samples * 1000 / sampleRate;
  const queue: (Int16Array | (() => void))[] = [];
  /** Samples in the queue, and how many of the first of them have to keep to the pace. */
  let queued = 0;
  let paced = 0;
  let actions = 0;
  // A number that changes with each frame costs less in an object than in a variable of its own.
  const times = {
    /** When the carrier will have played what it was sent. */
    end: 0,
    /** The same of what was said, and not of pauses. */
    saidUntil: 0,
    lastWrite: 0,
  };
  let stopTicking: (() => void) | undefined;
  let paused = false;
  let pauses = false;
  let room: PromiseWithResolvers<void> | undefined;
  const hearing = createHearing();
  const cues = createCues(hearing);
  const live = createDelayWatch(AT_ONCE, STANDING);

  const pump = () => {
    const now = clock.now();
    if (!paused) sendDue(now);
    if (cues.length > 0 && !paused) cues.give(queued === 0);
    if (pauses) sendPausesDue(now);
    if (pauses || (queued > 0 && !paused)) stopTicking ??= ticker.add(pump);
    else {
      stopTicking?.();
      stopTicking = undefined;
    }
    if (ms(queued) <= MOST_WAITING_MS) wake();
  };
  const wake = () => {
    room?.resolve();
    room = undefined;
  };

  const sendDue = (now: number) => {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      if (typeof head === "function") {
        queue.shift();
        actions--;
        head();
        continue;
      }
      const ahead = Math.max(0, times.end - now);
      const limit = paced > 0 ? LEAD_MS : MOST_LIVE_MS;
      if (ahead >= limit) break;
      const ready = actions === 0 ? queued : samplesBeforeAction();
      const complete = actions > 0 ||
        (ahead < PAD_BEFORE_MS && ((pauses && paced > 0) || now - times.lastWrite >= PAD_AFTER_MS));
      const due = Math.ceil((limit - ahead) * sampleRate / 1000);
      const length = messageLength(size, ready, due, complete);
      if (length === 0) break;
      const before = queued;
      const kind = paced === 0 ? "live" : "pace";
      send(take(length), now + ahead, kind);
      hearing.send(ms(before - queued), now + ahead);
      times.saidUntil = times.end = now + ahead + ms(length);
    }
  };

  const sendPausesDue = (now: number) => {
    // What is said and waits for the rest of its message has to come first.
    if (queued > 0 && !paused) return;
    for (let ahead = Math.max(0, times.end - now); ahead < PAUSE_LEAD_MS; ahead = times.end - now) {
      const due = Math.ceil((PAUSE_LEAD_MS - ahead) * sampleRate / 1000);
      const length = messageLength(size, size.max, due, false);
      send(new Int16Array(length), now + ahead, "pause");
      times.end = now + ahead + ms(length);
    }
  };

  const samplesBeforeAction = (): number => {
    let samples = 0;
    for (const item of queue) {
      if (typeof item === "function") break;
      samples += item.length;
    }
    return samples;
  };

  /** Takes samples from the queue; what is missing before an action or the end stays silent. */
  const take = (length: number): Int16Array => {
    const first = queue[0] as Int16Array; // the caller has looked
    if (first.length === length) {
      queue.shift();
      consume(length);
      return first;
    }
    const message = new Int16Array(length);
    let filled = 0;
    while (filled < length) {
      const head = queue[0];
      if (head === undefined || typeof head === "function") break;
      const part = head.subarray(0, length - filled);
      message.set(part, filled);
      filled += part.length;
      if (part.length === head.length) queue.shift();
      else queue[0] = head.subarray(part.length);
    }
    consume(filled);
    return message;
  };

  const consume = (samples: number) => {
    queued -= samples;
    paced = Math.max(0, paced - samples);
  };

  const add = (samples: Int16Array, isLive: boolean) => {
    queue.push(samples);
    queued += samples.length;
    if (!isLive) paced = queued;
    pump();
  };

  return {
    hearing,
    droppedMs: () => live.droppedMs(),
    isDry: () => queued === 0 && clock.now() >= times.saidUntil,
    unplayedMs: () => Math.max(0, times.end - clock.now()) + ms(queued),
    write(samples, timestamp) {
      if (samples.length === 0) return;
      const now = times.lastWrite = clock.now();
      if (timestamp !== undefined) {
        // Live audio that waits for the rest of its message is not late.
        const delay = times.end - now + (paced > 0 ? ms(queued) : 0);
        const audio = { delay, timestamp, now, duration: ms(samples.length), losses: losses() };
        if (live.drops(audio)) return void faults.stale++;
        hearing.write(samples, ms(samples.length), true);
        if (
          queue.length === 0 && !paused && fits(size, samples.length) &&
          times.end - now < MOST_LIVE_MS
        ) {
          const at = Math.max(times.end, now);
          send(samples, at, "live");
          hearing.send(ms(samples.length), at);
          times.saidUntil = times.end = at + ms(samples.length);
          return;
        }
      } else hearing.write(samples, ms(samples.length), false);
      add(samples, timestamp !== undefined);
    },
    trail(samples) {
      if (samples.length > 0) add(samples, false);
    },
    room() {
      if (ms(queued) <= MOST_WAITING_MS) return undefined;
      return (room ??= Promise.withResolvers()).promise;
    },
    afterwards(action) {
      queue.push(action);
      actions++;
      pump();
    },
    cue(act) {
      if (queued === 0 && !paused) act();
      else cues.add(act, true);
    },
    clear() {
      const unplayed = times.end > 0 && clock.now() < times.end + CARRIER_DELAY_MS;
      queue.length = 0;
      cues.drop();
      queued =
        paced =
        actions =
        times.end =
        times.saidUntil =
          0;
      live.reset();
      paused = false;
      // Not pauses: the carrier is told to drop all that it has.
      stopTicking?.();
      stopTicking = pauses ? ticker.add(pump) : undefined;
      wake();
      return unplayed;
    },
    pause() {
      paused = true;
      pump();
    },
    resume() {
      paused = false;
      pump();
    },
    sendPauses(on) {
      pauses = on;
      pump();
    },
  };
}

/** How much of what is ready goes into the next message; 0 is to wait for more. */
export function messageLength(
  { min, max, multiple }: MessageSize,
  ready: number,
  due: number,
  complete: boolean,
): number {
  const most = max - max % multiple;
  const least = Math.ceil(min / multiple) * multiple;
  const wanted = Math.min(most, Math.max(least, Math.ceil(due / multiple) * multiple));
  const whole = Math.min(wanted, ready - ready % multiple);
  // A rest that is too short for a message of its own goes with the one before it.
  const rest = ready - whole;
  if (!complete || (rest >= least && whole >= least)) return whole >= least ? whole : 0;
  return Math.min(most, Math.max(least, Math.ceil(ready / multiple) * multiple));
}

function fits({ min, max, multiple }: MessageSize, length: number): boolean {
  return length >= min && length <= max && length % multiple === 0;
}

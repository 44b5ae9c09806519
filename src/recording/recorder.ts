/**
 * Records one session as it is heard.
 *
 * @module
 */
import { interleave } from "../audio/channels.ts";
import { mixInto } from "../audio/loudness.ts";
import { createResampler, type Resampler } from "../audio/resample.ts";
import { wavHeader } from "../audio/wav.ts";
import type { CallObserver, CallSide, Sound } from "../core/call_observer.ts";
import {
  CALL_FILE_VERSION,
  type CallFile,
  type CallFileEvent,
  type CallFileMessage,
  type CallFileSession,
} from "./call_file.ts";
import { createPlacement } from "./placement.ts";
import type { RecordingTarget } from "./sink.ts";
import { createSpeechFinder, type Speech } from "./speech.ts";
import { createTape, type Track } from "./tape.ts";

/** How often sound is passed on, in ms. */
const EVERY_MS = 1000;
/** How long sound may still change, in ms: later arrivals are lost. */
const OPEN_MS = 3000;
/** How much may wait for a slow disk, in bytes: 8 s at 16 kHz. */
const MOST_WAITING_BYTES = 512 << 10;
const MOST_MESSAGES = 10_000;
const MOST_MESSAGE_CHARACTERS = 16 << 20;
const MOST_EVENTS = 10_000;

/** What a recording needs. */
export interface RecorderOptions {
  /** Samples per second and channel, in Hz. */
  readonly sampleRate: number;
  /** What is known about the session when it begins. */
  readonly session: Omit<CallFileSession, "durationMs" | "outcome" | "startedAt">;
  /** Where it is written. */
  readonly target: Promise<RecordingTarget>;
  /** Called once, if the recording must end before the session. */
  readonly onFailure: (error: unknown) => void;
}

/** A running recording. */
export interface Recorder {
  /** Receives what the transport reports. */
  readonly observer: CallObserver;
  /** Ends the recording; resolves when its files are complete. Never rejects. */
  finish(outcome: string): Promise<void>;
}

/** Starts recording. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { sampleRate, session, target, onFailure } = options;
  const startedAt = new Date();
  const began = performance.now();
  const tape = createTape(sampleRate);
  const places = { user: createPlacement(), bot: createPlacement() };
  const finders = { user: createSpeechFinder(sampleRate), bot: createSpeechFinder(sampleRate) };
  const resamplers: Record<Track, Map<number, Resampler>> = {
    user: new Map(),
    bot: new Map(),
    background: new Map(),
  };
  const messages: CallFileMessage[] = [];
  const events: CallFileEvent[] = [];
  let characters = 0;
  let writing: Promise<unknown> = target;
  let waiting = 0;
  let samples = 0;
  let over = false;

  const msAt = (time: number) => Math.max(0, Math.round(time - began));
  const now = () => msAt(performance.now());
  const note = (event: CallFileEvent) => {
    if (!over && events.length < MOST_EVENTS) events.push(event);
  };
  const fail = (error: unknown) => {
    if (over) return;
    over = true;
    clearInterval(timer);
    void target.then((target) => target.abort()).catch(() => {}); // there may be none
    onFailure(error);
  };
  target.catch(fail);

  const resamplerOf = (track: Track, from: number): Resampler => {
    let resampler = resamplers[track].get(from);
    if (!resampler) resamplers[track].set(from, resampler = createResampler(from, sampleRate));
    return resampler;
  };
  const write = (track: Track, sound: Sound, at: number) => {
    const { delayMs, process, flush } = resamplerOf(track, sound.sampleRate);
    const from = Math.round((at - delayMs - began) * sampleRate / 1000);
    // Rounding must not open a gap between consecutive pieces.
    const end = tape.end(track);
    const near = Math.abs(from - end) <= sampleRate / 500;
    // What is held back of the sound before a pause belongs before the pause.
    if (!near) tape.write(track, end, flush().subarray(0, Math.max(0, from - end)));
    tape.write(track, near ? end : from, process(sound.samples));
  };
  const place = (side: CallSide, sound: Sound): number => {
    const durationMs = sound.samples.length * 1000 / sound.sampleRate;
    return places[side]({ at: sound.at, timestamp: sound.timestamp, durationMs });
  };
  /** When the bot is heard; the time itself includes a carrier's estimate. */
  const heardAt = (sound: Sound): number =>
    sound.timestamp === undefined ? sound.at : place("bot", sound);
  const told = (side: CallSide, speeches: readonly Speech[]) => {
    for (const { from, to } of speeches) {
      const [ms, until] = [from, to].map((at) => Math.round(at * 1000 / sampleRate));
      note({ ms: ms ?? 0, kind: "speech", side, durationMs: (until ?? 0) - (ms ?? 0) });
    }
  };
  const hand = (upTo: number) => {
    const under = tape.background(upTo);
    const stereo = tape.take(upTo);
    if (stereo.length === 0) return;
    told("user", finders.user.push(channel(stereo, 0)));
    told("bot", finders.bot.push(channel(stereo, 1)));
    if (under) mixInto(stereo, interleave([new Int16Array(under.length), under], 2));
    samples += stereo.length / 2;
    const bytes = new Uint8Array(stereo.buffer);
    waiting += bytes.length;
    if (waiting > MOST_WAITING_BYTES) return fail(new Error("The disk is too slow"));
    writing = writing.then(async () => {
      if (!over || finishing) await (await target).write(bytes);
      waiting -= bytes.length;
    });
    writing.catch(fail);
  };
  let finishing: Promise<void> | undefined;
  const timer = setInterval(() => {
    const final = performance.now() - began - OPEN_MS;
    if (final > 0) hand(Math.floor(final * sampleRate / 1000));
  }, EVERY_MS);

  const observer: CallObserver = {
    heard(sound) {
      if (!over) write("user", sound, place("user", sound));
    },
    spoken(sound) {
      if (!over) write("bot", sound, heardAt(sound));
    },
    background(sound) {
      if (!over) write("background", sound, heardAt(sound));
    },
    delayed(from, by) {
      if (over) return;
      const at = Math.max(0, Math.round((from - began) * sampleRate / 1000));
      for (const track of ["bot", "background"] as const) {
        tape.shift(track, at, Math.round(by * sampleRate / 1000));
      }
    },
    silenced(at) {
      if (over) return;
      const from = Math.max(0, Math.round((at - began) * sampleRate / 1000));
      tape.erase("bot", from);
      tape.erase("background", from);
      for (const { flush } of resamplers.bot.values()) flush(); // it was not heard
    },
    interrupted: () => note({ ms: now(), kind: "interrupted", side: "bot" }),
    message(from, message) {
      const text = JSON.stringify(message) ?? "";
      characters += text.length;
      if (over || messages.length >= MOST_MESSAGES || characters > MOST_MESSAGE_CHARACTERS) return;
      const { type = "message", data } = (message ?? {}) as { type?: unknown; data?: unknown };
      // Parsed again, so that later changes by the bot do not change what it said.
      const said: unknown = data === undefined ? undefined : JSON.parse(JSON.stringify(data));
      messages.push({
        ms: now(),
        from,
        type: String(type),
        ...(said === undefined ? {} : { data: said }),
      });
    },
    key: (side, label) => note({ ms: now(), kind: "key", side, label }),
    mark: (label) => note({ ms: now(), kind: "mark", label }),
  };

  const whole = async (outcome: string): Promise<void> => {
    clearInterval(timer);
    const durationMs = now();
    // The user's last speech counts completely; what the bot still had to say does not.
    hand(Math.max(Math.ceil(durationMs * sampleRate / 1000), tape.end("user")));
    told("user", finders.user.end());
    told("bot", finders.bot.end());
    note({ ms: durationMs, kind: "end", label: outcome });
    over = true;
    const call: CallFile = {
      version: CALL_FILE_VERSION,
      session: { ...session, startedAt: startedAt.toISOString(), durationMs, outcome },
      messages,
      events: events.toSorted((one, other) => one.ms - other.ms),
    };
    await writing;
    const header = wavHeader({ sampleRate, channels: 2, samples: 2 * samples });
    await (await target).finish(header, { call, sampleRate });
  };
  return {
    observer,
    async finish(outcome) {
      if (over) return;
      finishing = whole(outcome);
      try {
        await finishing;
      } catch (error) {
        over = false; // `fail` reports it
        fail(error);
      }
    },
  };
}

/** One channel of interleaved stereo. */
function channel(stereo: Int16Array, offset: 0 | 1): Int16Array {
  return Int16Array.from({ length: stereo.length / 2 }, (_, i) => stereo[2 * i + offset] ?? 0);
}

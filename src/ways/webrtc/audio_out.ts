/**
 * From frames to RTP packets, at the pace of speech.
 *
 * @module
 */
import { toMono, toStereo } from "../../audio/channels.ts";
import { createDelayWatch } from "../../audio/delay_watch.ts";
import { telephoneEvents } from "../../audio/dtmf.ts";
import { mixInto } from "../../audio/loudness.ts";
import type { OpusSampleRate } from "../../audio/opus.ts";
import { createResampler, type Resampler } from "../../audio/resample.ts";
import { audioFaultsOf } from "../../core/audio_faults.ts";
import { audioDuration, type AudioFrame, FRAME_MS } from "../../core/frame.ts";
import type { Background } from "../../core/playback.ts";
import { createHearing, type Hearing } from "../../transports/hearing.ts";
import type { AudioEncoder, Codec } from "./codec.ts";

/** A packet to send. */
export interface OutgoingPacket {
  readonly kind: "audio" | "key";
  readonly timestamp: number;
  /** Whether it is the first one after a pause. */
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

/** Sound that is sent. */
export interface PlayedFrame {
  readonly samples: Int16Array;
  readonly rate: number;
  readonly channels: 1 | 2;
  readonly at: number;
  /** It is heard under what is said, and not said. */
  readonly isBackground?: boolean;
  /** Where the client plays it, in ms of the stream: a late beat delays nothing there. */
  readonly timestamp: number;
}

/** What the client agreed to hear. */
export interface AgreedCodec {
  readonly codec: Codec;
  readonly stereo: boolean;
  /** Clock rate of `telephone-event`, in Hz; absent when the client does not know it. */
  readonly keyClockRate?: number;
}

/**
 * Encodes one audio stream and sends it 20 ms at a time. While there is nothing to play it sends
 * what the codec has for silence. In Opus that is soon a packet of silence suppression every 400 ms:
 * the client is silent instead of guessing at lost packets, and the call costs a twentieth of the
 * packets.
 */
export interface AudioOut {
  /** How much is heard, as far as the network and the client take no time. */
  readonly hearing: Hearing;
  /** Queues a frame; resolves when there is room for more. */
  write(frame: AudioFrame): Promise<void>;
  /**
   * Queues a key press, behind the audio that was written before; ignored if the client has none.
   */
  press(digit: string): Promise<void>;
  /**
   * Does something once what is queued now has been sent. If that is dropped it is never done, or at
   * once if it is `kept`.
   */
  cue(act: () => void, kept?: boolean): void;
  /** Prepares the encoders for losses from now on, in percent. */
  expectLoss(percent: number): void;
  /** Drops what is queued. */
  interrupt(): void;
  /** Sends silence, until it is interrupted or resumed. */
  pause(): void;
  /** Goes on. */
  resume(): void;
  /**
   * Resolves when what is queued now has been sent and heard, or was dropped; with how much of all
   * that was written this is, in ms since the call began.
   */
  drained(): Promise<number>;
  /** Plays this in the background from now on, or nothing. */
  accompany(background: Background | undefined): void;
  /** Sends what is due at `now`, in beats of 20 ms; call it at every beat of a connected client. */
  tick(ticks: number, now: number): void;
  /** Drops what is queued and gives the encoders back. */
  close(): void;
}

const RATES: readonly OpusSampleRate[] = [8000, 12_000, 16_000, 24_000, 48_000];
/** No bot has more rates than these at one time. */
const MOST_RESAMPLERS = 4;
/** A writer waits while more than this is queued. */
const QUEUE_MS = 1000;
/** Cues that may wait for their audio; when there are more, the oldest is given early. */
const MOST_CUES = 128;
/** Beats that the client takes to play what was sent: network and jitter buffer. */
const PLAYOUT_BEATS = 5;
/** The same in ms. */
export const PLAYOUT_MS: number = PLAYOUT_BEATS * FRAME_MS;
/** What a stall leaves behind is dropped at once … */
const AT_ONCE = { window: 0, most: 60, rest: 60 };
/** … and what jitter leaves behind, when it was not needed for a while. */
const STANDING = { window: 1000, most: 30, rest: 20 };
/** Beats that the RTP clock may stay behind during speech, so that the client hears no gap. */
const MOST_BEHIND = 3;

interface Format {
  readonly rate: OpusSampleRate;
  readonly channels: 1 | 2;
}

interface Audio extends Format {
  readonly samples: Int16Array;
  taken: number;
}

/** Who waits until something is heard. */
interface Listener {
  /** How many entries have to leave. */
  readonly upTo: number;
  readonly place: number;
  beats: number;
  readonly resolve: (place: number) => void;
}

interface Keys {
  readonly payloads: Uint8Array[];
  /** RTP timestamp of the press, once it has begun. */
  began?: number;
}

/**
 * Makes the sending end of a call.
 *
 * @param line What the client agreed to hear, as of now; nothing while it hears nothing.
 * @param send Takes the packets.
 * @param losses How often live audio was lost before it could be written. Default: never.
 * @param onPlay Told of sound that is sent, and when it is to be heard, in ms of `performance.now()`.
 */
export function createAudioOut(
  line: () => AgreedCodec | undefined,
  send: (packet: OutgoingPacket) => void,
  losses: () => number = () => 0,
  onPlay?: (frame: PlayedFrame) => void,
): AudioOut {
  const live = createDelayWatch(AT_ONCE, STANDING);
  const faults = audioFaultsOf("webrtc");
  const encoders = new Map<string, AudioEncoder>();
  const resamplers = new Map<number, Resampler>();
  let codec: Codec | undefined;
  let queue: (Audio | Keys)[] = [];
  let queuedMs = 0;
  let room: PromiseWithResolvers<void> | undefined;
  /** Entries that were ever queued, and those of them that have left. */
  let added = 0;
  let left = 0;
  let listeners: Listener[] = [];
  const hearing = createHearing();
  const cues: { readonly place: number; readonly act: () => void; readonly kept: boolean }[] = [];
  let clock = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  /** Beats that the RTP clock has counted since its beginning, and when that was. */
  let beats = 0;
  let beganAt: number | undefined;
  /** When the latest beat was. */
  let beatAt = 0;
  /** Beats since the last packet that was no silence; the first packet is not waited for. */
  let silentBeats = 1;
  /** Whether the end of the queue was too short for a packet at the last beat. */
  let waited = false;
  let lossPercent: number | undefined;
  let closed = false;
  let paused = false;
  let background: Background | undefined;
  /** The rate that sound was sent at last. */
  let latestRate: OpusSampleRate = 24_000;
  /** Whether the last packet had sound in it, said or in the background. */
  let sounding = false;

  /** When the next packet is played, if the network and the client take no time. */
  const now = () => (beganAt ?? 0) + beats * FRAME_MS;
  const add = async (entry: Audio | Keys, durationMs: number) => {
    queue.push(entry);
    added++;
    queuedMs += durationMs;
    while (queuedMs > QUEUE_MS) await (room ??= Promise.withResolvers()).promise;
  };
  const count = (passed: number) => {
    beats += passed;
    if (codec) clock = (clock + passed * FRAME_MS * codec.clockRate / 1000) >>> 0;
  };
  const wake = () => {
    room?.resolve();
    room = undefined;
  };
  const flushResamplers = () => {
    for (const resampler of resamplers.values()) resampler.flush();
  };
  const clear = () => {
    flushResamplers();
    hearing.drop(hearing.sentMs);
    paused = false;
    queue = [];
    for (const { act, kept } of cues.splice(0)) if (kept) act();
    left = added;
    queuedMs = 0;
    waited = false;
    live.reset();
    wake();
    for (const { place, resolve } of listeners) resolve(place);
    listeners = [];
  };
  const leave = () => {
    queue.shift();
    left++;
  };
  /** Gives the cues that are due. */
  const prompt = () => {
    const due = cues.findIndex(({ place }) => queue.length > 0 && place > hearing.sentMs);
    for (const { act } of cues.splice(0, due < 0 ? cues.length : due)) act();
  };
  /** Resolves for what was sent long enough ago. */
  const settle = () => {
    if (listeners.length === 0) return;
    for (const listener of listeners) {
      if (listener.upTo > left || listener.beats-- > 0) continue;
      hearing.confirm(listener.place);
      listener.resolve(listener.place);
    }
    listeners = listeners.filter(({ beats }) => beats >= 0);
  };
  /** Fills one frame from the queue; nothing while its last piece may still grow. */
  const nextFrame = (first: Audio): Int16Array | undefined => {
    const { rate, channels } = first;
    const size = rate * FRAME_MS / 1000 * channels;
    const matching = (piece: Audio | Keys | undefined): piece is Audio =>
      piece !== undefined && "rate" in piece && piece.rate === rate && piece.channels === channels;
    let available = 0;
    let pieces = 0;
    for (let piece = queue[0]; available < size && matching(piece); piece = queue[++pieces]) {
      available += piece.samples.length - piece.taken;
    }
    if (available < size && pieces === queue.length && !waited) {
      waited = true;
      return;
    }
    waited = false;
    const frame = new Int16Array(size);
    for (let filled = 0, piece = queue[0]; filled < size && matching(piece); piece = queue[0]) {
      const part = piece.samples.subarray(piece.taken, piece.taken + size - filled);
      frame.set(part, filled);
      filled += part.length;
      piece.taken += part.length;
      if (piece.taken === piece.samples.length) leave();
    }
    const playedMs = Math.min(available, size) / size * FRAME_MS;
    queuedMs = queue.length === 0 ? 0 : queuedMs - playedMs;
    hearing.send(playedMs, now());
    return frame;
  };
  const encoderOf = (codec: Codec, { rate, channels }: Format): AudioEncoder => {
    const key = `${rate}/${channels}`;
    let encoder = encoders.get(key);
    if (!encoder) {
      encoder = codec.encoder({ sampleRate: rate, channels });
      if (lossPercent !== undefined) encoder.expectLoss?.(lossPercent);
      encoders.set(key, encoder);
    }
    return encoder;
  };
  /** Tells of sound that is sent now. */
  const tell = (samples: Int16Array, format: Format, isBackground = false) => {
    if (!onPlay) return;
    const at = beatAt + (codec ? encoderOf(codec, format).delayMs : 0);
    const { rate, channels } = format;
    onPlay({ samples, rate, channels, at, timestamp: beats * FRAME_MS, isBackground });
  };
  const freeEncoders = () => {
    for (const encoder of encoders.values()) encoder.free();
    encoders.clear();
  };
  const silence = () => {
    const beat = silentBeats++;
    // A frame that misses its beat by a little is made up for by the client's jitter buffer, if its
    // timestamp follows the one before.
    if (beat === 0) return;
    const payload = codec?.silence(beat);
    if (payload) send({ kind: "audio", timestamp: clock, marker: false, payload });
    sounding = false;
    count(1);
  };
  /** Sends a packet of sound, with what is in the background. */
  const sendSound = (frame: Int16Array, format: Format, marker: boolean) => {
    const { rate, channels } = format;
    latestRate = rate;
    if (background) {
      const under = background.take(frame.length / channels, rate);
      tell(under, { rate, channels: 1 }, true);
      mixInto(frame, channels === 2 ? toStereo(under) : under);
    }
    // After a pause another sound begins, and not with the end of the one before.
    if (marker) { for (const encoder of encoders.values()) encoder.restart(); }
    if (codec) {
      const payload = encoderOf(codec, format).encode(frame);
      send({ kind: "audio", timestamp: clock, marker, payload });
    }
    sounding = true;
    count(1);
  };
  /** Sends a packet in which only the background is heard. */
  const sendPause = () => {
    const frame = new Int16Array(latestRate * FRAME_MS / 1000);
    silentBeats++;
    sendSound(frame, { rate: latestRate, channels: 1 }, !sounding);
  };
  /** Sends one packet, unless the queue has none. */
  const advance = (): boolean => {
    const first = queue[0];
    if (!first || paused) return false;
    const marker = silentBeats > 1 && !sounding;
    if ("rate" in first) {
      const frame = nextFrame(first);
      if (!frame) return false;
      tell(frame, first);
      sendSound(frame, first, marker);
    } else {
      const starts = first.began === undefined;
      const timestamp = first.began ??= clock;
      const payload = first.payloads.shift();
      if (payload) send({ kind: "key", timestamp, marker: starts, payload });
      if (first.payloads.length === 0) leave();
      queuedMs = Math.max(0, queuedMs - FRAME_MS);
      count(1);
    }
    silentBeats = 0;
    return true;
  };

  return {
    hearing,
    async write(frame) {
      const durationMs = audioDuration(frame);
      if (closed || durationMs === 0) return;
      const { timestamp } = frame;
      const audio = { duration: durationMs, now: performance.now(), delay: queuedMs };
      if (timestamp !== undefined && live.drops({ ...audio, timestamp, losses: losses() })) {
        return void faults.stale++;
      }
      // After a pause another sound begins, and not with the end of the one before.
      if (timestamp === undefined && queue.length === 0 && silentBeats > 1) flushResamplers();
      const prepared = prepare(frame);
      const { samples, rate, channels } = prepared;
      const preparedMs = samples.length / channels / rate * 1000;
      hearing.write(samples, preparedMs, timestamp !== undefined);
      await add(prepared, durationMs);
    },
    async press(digit) {
      const clockRate = line()?.keyClockRate;
      if (closed || clockRate === undefined) return;
      const payloads = telephoneEvents(digit, { clockRate });
      await add({ payloads }, payloads.length * FRAME_MS);
    },
    cue(act, kept = false) {
      if (closed) return;
      if (queue.length === 0) return act();
      cues.push({ place: hearing.writtenMs, act, kept });
      if (cues.length > MOST_CUES) cues.shift()?.act();
    },
    expectLoss(percent) {
      if (percent === lossPercent) return;
      lossPercent = percent;
      for (const encoder of encoders.values()) encoder.expectLoss?.(percent);
    },
    interrupt: clear,
    pause: () => void (paused = true),
    resume: () => void (paused = false),
    accompany: (next) => void (background = closed ? undefined : next),
    drained() {
      const place = hearing.writtenMs;
      if (closed || added === 0) return Promise.resolve(place);
      return new Promise((resolve) => {
        // What has left may still be on its way to the ear.
        const beats = left < added ? PLAYOUT_BEATS : Math.max(0, PLAYOUT_BEATS - silentBeats);
        listeners.push({ upTo: added, place, beats, resolve });
      });
    },
    tick(ticks, now) {
      const next = line()?.codec;
      if (next !== codec) freeEncoders();
      codec = next;
      beganAt ??= now;
      beatAt = now;
      // After a stall the clock goes on at the present. If it went on where it was, the client
      // would take what follows for late, and delay all that comes to be safe from such delays.
      const behind = Math.round((now - beganAt) / FRAME_MS) - (ticks - 1) - beats;
      if (behind > (silentBeats > 1 && !sounding ? 0 : MOST_BEHIND)) count(behind);
      for (let i = 0; i < ticks; i++) {
        if (!advance()) background ? sendPause() : silence();
        settle();
      }
      if (cues.length > 0) prompt();
      if (queuedMs <= QUEUE_MS) wake();
    },
    close() {
      closed = true;
      background = undefined;
      clear();
      freeEncoders();
    },
  };

  /** A frame in a format that all codecs encode, and as many channels as the client hears. */
  function prepare({ samples, sampleRate, channels }: AudioFrame): Audio {
    const rate = RATES.find((rate) => rate >= sampleRate) ?? 48_000;
    if (rate === sampleRate && channels === 2 && line()?.stereo) {
      return { samples: samples.slice(), rate, channels, taken: 0 };
    }
    let mono = toMono(samples, channels);
    if (rate !== sampleRate) {
      let resampler = resamplers.get(sampleRate);
      if (!resampler) {
        if (resamplers.size === MOST_RESAMPLERS) resamplers.clear();
        resamplers.set(sampleRate, resampler = createResampler(sampleRate, rate));
      }
      mono = resampler.process(mono);
    }
    // The bot may use its array again before the frame is sent.
    return { samples: mono === samples ? samples.slice() : mono, rate, channels: 1, taken: 0 };
  }
}

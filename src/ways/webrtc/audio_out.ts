/**
 * From frames to RTP packets, at the pace of speech.
 *
 * @module
 */
import { toStereo } from "../../audio/channels.ts";
import { createDelayWatch } from "../../audio/delay_watch.ts";
import { telephoneEvents } from "../../audio/dtmf.ts";
import { mixInto } from "../../audio/loudness.ts";
import type { OpusSampleRate } from "../../audio/opus.ts";
import { audioFaultsOf } from "../../core/audio_faults.ts";
import { audioDuration, type AudioFrame, FRAME_MS } from "../../core/frame.ts";
import type { Background } from "../../core/playback.ts";
import { createCues } from "../../transports/cues.ts";
import { createHearing, type Hearing } from "../../transports/hearing.ts";
import type { Codec } from "./codec.ts";
import { createEncoders } from "./encoders.ts";
import { createOutgoingQueue, type Keys } from "./outgoing_queue.ts";
import { createPreparer, type Format } from "./sendable.ts";

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
  /** It is heard under what is said, and does not count as said. */
  readonly isBackground?: boolean;
  /** Where the client plays it, in ms of the stream: a late beat delays nothing there. */
  readonly timestamp: number;
}

/** What the client agreed to hear. */
export interface AgreedCodec {
  readonly codec: Codec;
  readonly stereo: boolean;
  /** Clock rate of `telephone-event`, in Hz; absent if the client does not support it. */
  readonly keyClockRate?: number;
}

/**
 * Encodes one audio stream and sends it 20 ms at a time. While there is nothing to play it sends
 * the codec's silence. In Opus that soon is a silence-suppression packet every 400 ms: the client
 * is silent instead of guessing at lost packets, and the call costs a twentieth of the packets.
 */
export interface AudioOut {
  /** How much is heard, as far as the network and the client take no time. */
  readonly hearing: Hearing;
  /** Queues a frame; resolves when there is room for more. */
  write(frame: AudioFrame): Promise<void>;
  /** Queues a key press, after the audio written before; ignored if the client has none. */
  press(digit: string): Promise<void>;
  /**
   * Does something once what is queued now has been sent. If that is dropped it is never done, or,
   * if `kept`, at once.
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
   * Resolves when what is queued now has been sent and heard, or was dropped; with how much of
   * everything written this is, in ms since the call began.
   */
  drained(): Promise<number>;
  /** Plays this in the background from now on, or nothing. */
  accompany(background: Background | undefined): void;
  /** Sends what is due at `now`, in beats of 20 ms; call it at every beat of a connected client. */
  tick(ticks: number, now: number): void;
  /** Drops what is queued and frees the encoders. */
  close(): void;
}

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

/** Who waits until something is heard. */
interface Listener {
  /** How many entries must leave. */
  readonly upTo: number;
  readonly place: number;
  beats: number;
  readonly resolve: (place: number) => void;
}

/**
 * Makes the sending end of a call.
 *
 * @param line What the client agreed to hear, as of now; nothing while it hears nothing.
 * @param send Takes the packets.
 * @param losses How often live audio was lost before it could be written. Default: never.
 * @param onPlay Called with sent sound, and when it will be heard, in ms of `performance.now()`.
 */
export function createAudioOut(
  line: () => AgreedCodec | undefined,
  send: (packet: OutgoingPacket) => void,
  losses: () => number = () => 0,
  onPlay?: (frame: PlayedFrame) => void,
): AudioOut {
  const live = createDelayWatch(AT_ONCE, STANDING);
  const faults = audioFaultsOf("webrtc");
  const encoders = createEncoders();
  const { prepare, flush } = createPreparer();
  const queue = createOutgoingQueue();
  const hearing = createHearing();
  const cues = createCues(hearing);
  let codec: Codec | undefined;
  let listeners: Listener[] = [];
  let clock = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  /** Beats that the RTP clock has counted since its beginning, and when that was. */
  let beats = 0;
  let beganAt: number | undefined;
  /** When the latest beat was. */
  let beatAt = 0;
  /** Beats since the last packet that was no silence; the first packet is not waited for. */
  let silentBeats = 1;
  let closed = false;
  let paused = false;
  let background: Background | undefined;
  /** The rate that sound was sent at last. */
  let latestRate: OpusSampleRate = 24_000;
  /** Whether the last packet had sound in it, said or in the background. */
  let sounding = false;

  /** When the next packet is played, if the network and the client take no time. */
  const now = () => (beganAt ?? 0) + beats * FRAME_MS;
  const count = (passed: number) => {
    beats += passed;
    if (codec) clock = (clock + passed * FRAME_MS * codec.clockRate / 1000) >>> 0;
  };
  const clear = () => {
    flush();
    hearing.drop(hearing.sentMs);
    paused = false;
    queue.clear();
    cues.drop();
    live.reset();
    for (const { place, resolve } of listeners) resolve(place);
    listeners = [];
  };
  /** Resolves for what was sent long enough ago. */
  const settle = () => {
    if (listeners.length === 0) return;
    for (const listener of listeners) {
      if (listener.upTo > queue.left || listener.beats-- > 0) continue;
      hearing.confirm(listener.place);
      listener.resolve(listener.place);
    }
    listeners = listeners.filter(({ beats }) => beats >= 0);
  };
  /** Tells of sound that is sent now. */
  const tell = (samples: Int16Array, format: Format, isBackground = false) => {
    if (!onPlay) return;
    const at = beatAt + (codec ? encoders.of(codec, format).delayMs : 0);
    const { rate, channels } = format;
    onPlay({ samples, rate, channels, at, timestamp: beats * FRAME_MS, isBackground });
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
  /** Sends a packet of sound, mixed with the background. */
  const sendSound = (frame: Int16Array, format: Format, marker: boolean) => {
    const { rate, channels } = format;
    latestRate = rate;
    if (background) {
      const under = background.take(frame.length / channels, rate);
      tell(under, { rate, channels: 1 }, true);
      mixInto(frame, channels === 2 ? toStereo(under) : under);
    }
    // After a pause a new sound begins, without the end of the one before.
    if (marker) encoders.restart();
    if (codec) {
      const payload = encoders.of(codec, format).encode(frame);
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
  const sendKey = (keys: Keys) => {
    const starts = keys.began === undefined;
    const timestamp = keys.began ??= clock;
    const payload = queue.takeKey();
    if (payload) send({ kind: "key", timestamp, marker: starts, payload });
    count(1);
  };
  /** Sends one packet, unless the queue has none. */
  const advance = (): boolean => {
    if (paused || queue.isEmpty) return false;
    const keys = queue.firstKeys();
    if (keys) sendKey(keys);
    else {
      const frame = queue.takeFrame();
      if (!frame) return false;
      hearing.send(frame.soundMs, now());
      tell(frame.samples, frame);
      sendSound(frame.samples, frame, silentBeats > 1 && !sounding);
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
      const audio = { duration: durationMs, now: performance.now(), delay: queue.ms };
      if (timestamp !== undefined && live.drops({ ...audio, timestamp, losses: losses() })) {
        return void faults.stale++;
      }
      // After a pause a new sound begins, without the end of the one before.
      if (timestamp === undefined && queue.isEmpty && silentBeats > 1) flush();
      const prepared = prepare(frame, line()?.stereo ?? false);
      const { samples, rate, channels } = prepared;
      const preparedMs = samples.length / channels / rate * 1000;
      hearing.write(samples, preparedMs, timestamp !== undefined);
      await queue.sound(prepared, durationMs);
    },
    async press(digit) {
      const clockRate = line()?.keyClockRate;
      if (closed || clockRate === undefined) return;
      await queue.keys(telephoneEvents(digit, { clockRate }));
    },
    cue(act, kept = false) {
      if (closed) return;
      if (queue.isEmpty) act();
      else cues.add(act, kept);
    },
    expectLoss: encoders.expectLoss,
    interrupt: clear,
    pause: () => void (paused = true),
    resume: () => void (paused = false),
    accompany: (next) => void (background = closed ? undefined : next),
    drained() {
      const place = hearing.writtenMs;
      if (closed || queue.added === 0) return Promise.resolve(place);
      return new Promise((resolve) => {
        // What has left may still be on its way to the ear.
        const beats = queue.left < queue.added
          ? PLAYOUT_BEATS
          : Math.max(0, PLAYOUT_BEATS - silentBeats);
        listeners.push({ upTo: queue.added, place, beats, resolve });
      });
    },
    tick(ticks, now) {
      codec = line()?.codec;
      if (!codec) encoders.free();
      beganAt ??= now;
      beatAt = now;
      // After a stall the clock continues at the present. If it continued where it was, the client
      // would consider what follows late, and delay everything to be safe from such delays.
      const behind = Math.round((now - beganAt) / FRAME_MS) - (ticks - 1) - beats;
      if (behind > (silentBeats > 1 && !sounding ? 0 : MOST_BEHIND)) count(behind);
      for (let i = 0; i < ticks; i++) {
        if (!advance()) background ? sendPause() : silence();
        settle();
      }
      if (cues.length > 0) cues.give(queue.isEmpty);
      queue.wake();
    },
    close() {
      closed = true;
      background = undefined;
      clear();
      encoders.free();
    },
  };
}

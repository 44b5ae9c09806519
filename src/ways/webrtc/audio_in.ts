/**
 * From RTP packets to frames.
 *
 * @module
 */
import { getLogger, type Logger } from "../../core/log.ts";
import { type ArrivalDelay, createArrivalDelay } from "../../audio/arrival_delay.ts";
import { createJitterBuffer, type JitterBuffer } from "../../audio/jitter_buffer.ts";
import { createKeyReader, type KeyReader } from "../../audio/key_presses.ts";
import { audioFaultsOf } from "../../core/audio_faults.ts";
import { type AudioFrame, type DtmfFrame, FRAME_MS } from "../../core/frame.ts";
import type { PeerAudio } from "../../core/peer.ts";
import type { AudioDecoder, Codec } from "./codec.ts";

/** An RTP packet of the audio stream. */
export interface AudioPacket {
  readonly kind: "audio" | "key";
  /** Another number is another stream: its numbers have nothing to do with those before. */
  readonly stream: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly payload: Uint8Array;
  /** Whether it is a copy that came with a later packet. */
  readonly isCopy?: boolean;
}

/**
 * Decodes one audio stream. Its frames follow one another in real time: when packets stay away, be
 * it for silence suppression or a muted microphone, frames of silence take their place, so that the
 * reader hears the pause. What is handed out is never more than the time that has passed and 2 s.
 */
export interface AudioIn {
  /** Sets the format of the frames to come. */
  configure(audio: PeerAudio): void;
  /** Begins the stream, or goes on in another codec; packets before that are ignored. */
  start(codec: Codec): void;
  /** Takes a packet that arrived at `now`, in ms. */
  receive(packet: AudioPacket, now: number): void;
  /** Lets time pass, in beats of 20 ms; call it at every beat. */
  tick(ticks: number, now: number): void;
  /** Gives the decoder back. */
  close(): void;
}

/** Places in the stream are counted in units of this many a millisecond, whatever the codec. */
const UNITS_PER_MS = 48;
/** How long a missing packet is waited for, the less the more regularly packets arrive. */
const LEAST_HOLD_MS = 50;
const MOST_HOLD_MS = 200;
/** After this long without a packet, silence begins; it is made up, then continues in real time. */
const QUIET_MS = 100;
/** After a pause of this length the sender is taken to have paused, not the network. */
const PAUSE_MS = 600;
/** A larger jump of the RTP timestamp is a new time base and no delay. */
const LARGEST_JUMP = 2000 * UNITS_PER_MS;
/** Silence in front of a packet may be this far ahead of the time that has passed, for jitter. */
const SILENCE_AHEAD_MS = 60;
/** The longest silence in front of one packet. Longer pauses are filled while they last. */
const MOST_SILENCE_MS = 500;
/** Sound may be this far ahead: what the network held up arrives all at once. */
const SOUND_AHEAD_MS = 2000;
/** After a stall of this process it may catch up as much. */
const MOST_BEHIND_MS = 10_000;
/** A sender's clock may be faster or slower than ours by this share. */
const DRIFT = 0.001;
/** Smaller overlaps are rounding, between our clock and the sender's. */
const SMALL = 2 * FRAME_MS * UNITS_PER_MS;
/** Packets that stay behind for this long are not a burst after a stall. */
const BEHIND_MS = 100;

/**
 * Makes the receiving end of a call.
 *
 * @param push Takes the frames.
 * @param logger Knows whose call it is.
 */
export function createAudioIn(
  push: (frame: AudioFrame | DtmfFrame) => void,
  logger: Logger = getLogger(["pipecat", "runner", "webrtc"]),
): AudioIn {
  let format: PeerAudio = { sampleRate: 16_000, channels: 1 };
  let codec: Codec | undefined;
  /** What one tick of the codec's RTP clock is, in units of places. */
  let scale = 1;
  let decoder: AudioDecoder | undefined;
  let buffer: JitterBuffer<AudioPacket> | undefined;
  let delay: ArrivalDelay | undefined;
  let keys: KeyReader | undefined;
  let stream: number | undefined;
  /** How much longer the delivered sound is than the elapsed time, in ms, and up to when. */
  let lead = 0;
  let countedAt: number | undefined;
  /** Where the next frame begins. */
  let position = 0;
  /** The RTP timestamp that the next packet should have, and the place it belongs to. */
  let expected: { timestamp: number; place: number } | undefined;
  /** Where the sender was when its latest packet ended. */
  let heardUpTo = 0;
  let packetMs = FRAME_MS;
  /** Time since the latest packet, or since the beginning. */
  let quietMs = 0;
  /** How long it had been quiet when the latest packet came. */
  let pauseMs = 0;
  let behindSince: number | undefined;
  let malformed = 0;
  let flooded = false;

  const pass = (now: number) => {
    const passed = now - (countedAt ?? now);
    countedAt = now;
    lead = Math.max(-MOST_BEHIND_MS, lead - passed * (lead > 0 ? 1 + DRIFT : 1 - DRIFT));
  };
  const emit = (samples: Int16Array, place: number) => {
    const { sampleRate, channels } = format;
    push({ type: "audio", samples, sampleRate, channels, timestamp: place / UNITS_PER_MS });
    const durationMs = samples.length / channels / sampleRate * 1000;
    lead += durationMs;
    position = Math.max(position, place + durationMs * UNITS_PER_MS);
  };
  /** Whether there is time for a packet. A sender that makes more audio than time loses the rest. */
  const hasTime = (): boolean => {
    if (lead + packetMs <= SOUND_AHEAD_MS) return true;
    if (!flooded) logger.warn("A peer sends audio faster than real time; the excess is dropped");
    flooded = true;
    return false;
  };
  const silence = (ms: number) => {
    for (let left = ms; left > 0; left -= FRAME_MS) {
      const count = Math.round(Math.min(left, FRAME_MS) * format.sampleRate / 1000);
      emit(new Int16Array(count * format.channels), position);
    }
  };
  /** Where a packet belongs, once silence fills what the sender left out before it. */
  const locate = (timestamp: number, now: number): number => {
    if (!expected) return position;
    const place = expected.place + ((timestamp - expected.timestamp) | 0) * scale;
    const gap = place - position;
    if (Math.abs(gap) > LARGEST_JUMP) return position;
    if (gap > -SMALL) {
      behindSince = undefined;
      const gapMs = gap / UNITS_PER_MS;
      const timeMs = Math.max(0, Math.min(MOST_SILENCE_MS, SILENCE_AHEAD_MS - lead));
      // A pause longer than the elapsed time is none: the timestamp has jumped, or runs too fast.
      silence(Math.floor(Math.min(gapMs, timeMs) / 10) * 10);
      return gapMs > timeMs ? position : place;
    }
    // Silence is there already: the packet was held up, or its sender's clock stood still.
    behindSince ??= now;
    if (pauseMs < PAUSE_MS && now - behindSince <= BEHIND_MS) return place;
    behindSince = undefined;
    return position;
  };
  const decode = (
    { decoder: create, name }: Codec,
    work: (decoder: AudioDecoder) => Int16Array,
  ): Int16Array => {
    decoder ??= create(format);
    try {
      return work(decoder);
    } catch (error) {
      if (malformed++ === 0) {
        logger.warn("A peer sends malformed {codec}: {error}", { codec: name, error });
      }
      return decoder.conceal(packetMs);
    }
  };
  const key = ({ payload, timestamp }: AudioPacket) => {
    for (const digit of keys?.read(payload, timestamp) ?? []) push({ type: "dtmf", digit });
  };
  const drain = (codec: Codec, now: number) => {
    /** Where the next lost packet belongs. */
    let lostAt = heardUpTo;
    for (const entry of buffer?.take(now) ?? []) {
      if (entry.kind === "lost") {
        lostAt += packetMs * UNITS_PER_MS;
        // Silence may be there already.
        if (position >= lostAt || !hasTime()) continue;
        const next = entry.next?.kind === "audio" ? entry.next.payload : undefined;
        emit(
          decode(codec, (d) => next ? d.recover(next, packetMs) : d.conceal(packetMs)),
          position,
        );
        continue;
      }
      const { kind, payload } = entry.item;
      if (kind === "key") {
        key(entry.item);
        continue;
      }
      const place = locate(entry.timestamp, now);
      packetMs = codec.durationOf(payload) || packetMs;
      if (!hasTime()) continue;
      // A small overlap is between two clocks, and hidden from the reader.
      emit(decode(codec, (d) => d.decode(payload)), place - position > -SMALL ? position : place);
      const length = packetMs * UNITS_PER_MS;
      lostAt = heardUpTo = place + length;
      expected = { timestamp: (entry.timestamp + length / scale) | 0, place: heardUpTo };
    }
  };

  return {
    configure(audio) {
      format = audio;
      decoder?.free();
      decoder = undefined;
    },
    start(next) {
      if (codec === next) return;
      codec = next;
      scale = UNITS_PER_MS * 1000 / codec.clockRate;
      expected = undefined;
      buffer = undefined;
      decoder?.free();
      decoder = undefined;
    },
    receive(packet, now) {
      if (!codec) return;
      pass(now);
      if (packet.stream !== stream || !buffer || !delay) {
        stream = packet.stream;
        const arrivals = delay = createArrivalDelay(codec.clockRate);
        const hold = () => Math.min(MOST_HOLD_MS, Math.max(LEAST_HOLD_MS, arrivals.spreadMs()));
        buffer = createJitterBuffer({ holdMs: hold, faults: audioFaultsOf("webrtc") });
        keys = createKeyReader();
        expected = undefined;
      }
      if (packet.isCopy) return buffer.fill(packet.sequence, packet.timestamp, packet, now);
      if (packet.kind === "audio") delay.note(packet.timestamp, now);
      buffer.push(packet.sequence, packet.timestamp, packet, now);
      if (packet.kind === "audio") {
        if (quietMs > 0) pauseMs = quietMs;
        quietMs = 0;
      }
      drain(codec, now);
    },
    tick(ticks, now) {
      if (!codec) return;
      pass(now);
      if ((buffer?.nextDeadline() ?? Infinity) <= now) drain(codec, now);
      quietMs += ticks * FRAME_MS;
      if (quietMs < QUIET_MS) return;
      // Beats are counted instead of the clock: after a stall of this process the packets are only
      // late. One frame is left open, for a packet that is about to come.
      const end = heardUpTo + (quietMs - FRAME_MS) * UNITS_PER_MS;
      while (position + FRAME_MS * UNITS_PER_MS <= end && lead <= 0) silence(FRAME_MS);
    },
    close() {
      codec = undefined;
      decoder?.free();
      decoder = undefined;
    },
  };
}

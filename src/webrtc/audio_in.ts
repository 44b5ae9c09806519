/**
 * From RTP packets to frames.
 *
 * @module
 */
import { getLogger, type Logger } from "@logtape/logtape";
import { parseTelephoneEvent } from "../audio/dtmf.ts";
import { createJitterBuffer, type JitterBuffer } from "../audio/jitter_buffer.ts";
import { type AudioFrame, type DtmfFrame, FRAME_MS } from "../core/frame.ts";
import type { PeerAudio } from "../core/peer.ts";
import type { AudioDecoder, Codec } from "./codec.ts";

/** An RTP packet of the audio stream. */
export interface AudioPacket {
  readonly kind: "audio" | "key";
  readonly source: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

/**
 * Decodes one audio stream. Its frames follow one another in real time: when packets stay away, be
 * it for silence suppression or a muted microphone, frames of silence take their place, so that the
 * reader hears the pause.
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
/** How long a missing packet is waited for. Chromium's packets are 20 ms apart. */
const REORDER_MS = 50;
/** Without a packet for so long, silence begins; then it is caught up and goes on in real time. */
const QUIET_MS = 100;
/** After a pause of this length the sender is taken to have paused, not the network. */
const PAUSE_MS = 600;
/** A larger jump of the RTP timestamp is a new time base and not a pause. */
const LARGEST_JUMP = 2000 * UNITS_PER_MS;
/** Smaller overlaps are rounding, between our clock and the sender's. */
const SMALL = 2 * FRAME_MS * UNITS_PER_MS;
/** Packets that stay behind for so long are no burst after a stall. */
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
  let source: number | undefined;
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
  let lastKey: number | undefined;
  let malformed = 0;

  const emit = (samples: Int16Array, place: number) => {
    const { sampleRate, channels } = format;
    push({ type: "audio", samples, sampleRate, channels, timestamp: place / UNITS_PER_MS });
    const end = place + samples.length / channels / sampleRate * 1000 * UNITS_PER_MS;
    if (end > position) position = end;
  };
  const silence = (ms: number) => {
    for (let left = ms; left > 0; left -= FRAME_MS) {
      const count = Math.round(Math.min(left, FRAME_MS) * format.sampleRate / 1000);
      emit(new Int16Array(count * format.channels), position);
    }
  };
  /** Where a packet belongs, once silence stands for what the sender left out before it. */
  const locate = (timestamp: number, now: number): number => {
    if (!expected) return position;
    const place = expected.place + ((timestamp - expected.timestamp) | 0) * scale;
    const gap = place - position;
    if (Math.abs(gap) > LARGEST_JUMP) return position;
    if (gap > -SMALL) {
      behindSince = undefined;
      silence(Math.floor(gap / UNITS_PER_MS / 10) * 10);
      return place;
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
    // All packets of one press carry the timestamp of its start.
    const digit = timestamp === lastKey ? undefined : parseTelephoneEvent(payload)?.digit;
    if (digit === undefined) return;
    lastKey = timestamp;
    push({ type: "dtmf", digit });
  };
  const drain = (codec: Codec, now: number) => {
    for (const entry of buffer?.take(now) ?? []) {
      if (entry.kind === "lost") {
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
      // A small overlap is between two clocks, and hidden from the reader.
      emit(decode(codec, (d) => d.decode(payload)), place - position > -SMALL ? position : place);
      const length = packetMs * UNITS_PER_MS;
      heardUpTo = place + length;
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
      decoder?.free();
      decoder = undefined;
    },
    receive(packet, now) {
      if (!codec) return;
      if (packet.source !== source || !buffer) {
        // Another stream: its numbers have nothing to do with those before.
        source = packet.source;
        buffer = createJitterBuffer({ holdMs: REORDER_MS });
        expected = undefined;
      }
      buffer.push(packet.sequence, packet.timestamp, packet, now);
      if (packet.kind === "audio") {
        if (quietMs > 0) pauseMs = quietMs;
        quietMs = 0;
      }
      drain(codec, now);
    },
    tick(ticks, now) {
      if (!codec) return;
      if ((buffer?.nextDeadline() ?? Infinity) <= now) drain(codec, now);
      quietMs += ticks * FRAME_MS;
      if (quietMs < QUIET_MS) return;
      // Beats are counted and not the clock: after a stall of this process the packets are only
      // late. One frame is left open, for a packet that is about to come.
      const end = heardUpTo + (quietMs - FRAME_MS) * UNITS_PER_MS;
      while (position + FRAME_MS * UNITS_PER_MS <= end) silence(FRAME_MS);
    },
    close() {
      codec = undefined;
      decoder?.free();
      decoder = undefined;
    },
  };
}

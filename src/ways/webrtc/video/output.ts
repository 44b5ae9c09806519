/**
 * The bot's picture: from key frames, or a stream of frames, to RTP packets.
 *
 * @module
 */
import { decodeBase64 } from "../../../core/base64.ts";
import { PICTURE_IDS, writeVp8Payloads } from "../../../video/vp8.ts";
import { readWebp } from "../../../video/webp.ts";

/** The header of a packet of ours. */
export interface VideoHeader {
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker: boolean;
}

/** Where the packets go. */
export interface VideoSink {
  /** Seals a packet and sends it; returns what was sent, or undefined if nothing can be sent. */
  send(header: VideoHeader, payload: Uint8Array): Uint8Array | undefined;
  /** Sends a sealed packet again. */
  resend(sealed: Uint8Array): void;
}

/** Shows the bot. */
export interface VideoOutput {
  /** Shows a key frame of VP8 from now on; `false` shows nothing any more. */
  show(frame: Uint8Array | false, now: number): void;
  /** Sends one frame of a VP8 stream, which takes precedence over what is shown. */
  write(frame: Uint8Array, key: boolean, now: number): void;
  /** Begins, or goes on, over a connection that is up. */
  begin(now: number): void;
  /** The client needs a key frame. */
  lost(now: number): void;
  /** The client asks for packets again. */
  again(missing: readonly number[]): void;
  /** Lets time pass. */
  tick(now: number): void;
}

/** Whoever joins late, or has lost the picture, sees it after this time at the latest … */
const REFRESH_MS = 3000;
/**
 * … and a new one is sent again sooner at first: one that is lost as a whole is not missed, nor one
 * that comes before the client has the keys.
 */
const FIRST_REFRESH_MS = 200;
/** A client that asks for it sees it sooner; it may ask more than once about the same loss. */
const LEAST_REFRESH_MS = 250;
/** Packets in a beat of 20 ms: 7 Mbit/s, so that no picture delays the sound. */
const PACKETS_PER_BEAT = 16;
/** Packets that wait to be sent; a stream that is faster loses frames up to its next key frame. */
const MOST_WAITING = 2048;
/** How long to keep sent packets, for a client that has lost them. */
const KEEP_MS = 1000;
const MOST_KEPT = 1024;
const CLOCK_PER_MS = 90;
/** How often black is sent when the bot's camera goes off, in case it is lost. */
const BLACK_TIMES = 4;
/** 16 × 16 pixels of black: browsers would show the last picture for ever. */
const BLACK = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoQABAAD8D+JaQAA3AA/ua1AAA=";

interface Waiting {
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

/** Makes the sending end of a call. */
export function createVideoOutput(sink: VideoSink): VideoOutput {
  const [first = 0, picture = 0] = crypto.getRandomValues(new Uint16Array(2));
  let sequence = first & 0x7fff; // in the lower half, as that of audio
  let pictureId = picture % PICTURE_IDS;
  let timestamp = 0;
  let waiting: Waiting[] = [];
  let kept = new Map<number, { readonly sealed: Uint8Array; readonly at: number }>();
  /** What is shown, and how often it is repeated. */
  let shown: { readonly frame: Uint8Array; times: number } | undefined;
  let sentAt = -Infinity;
  let refreshMs = REFRESH_MS;
  let needsKey = false;
  /** The timestamp of the frame of which only a part was sent. */
  let unfinished: number | undefined;

  const queue = (frame: Uint8Array, now: number) => {
    timestamp = Math.max(timestamp + 1, Math.floor(now * CLOCK_PER_MS));
    pictureId = (pictureId + 1) % PICTURE_IDS;
    const payloads = writeVp8Payloads(frame, pictureId);
    payloads.forEach((payload, index) => {
      const marker = index === payloads.length - 1;
      waiting.push({ timestamp: timestamp >>> 0, marker, payload });
    });
  };
  const refresh = (now: number, isNew = false) => {
    if (!shown || shown.times === 0) return;
    refreshMs = isNew ? FIRST_REFRESH_MS : Math.min(REFRESH_MS, 2 * refreshMs);
    shown.times--;
    sentAt = now;
    // Pictures that are not yet on their way have a better one.
    waiting = waiting.filter((packet) => packet.timestamp === unfinished);
    queue(shown.frame, now);
    flush(now);
  };
  const flush = (now: number) => {
    for (const packet of waiting.splice(0, PACKETS_PER_BEAT)) {
      const { payload, ...header } = packet;
      sequence = (sequence + 1) & 0xffff;
      unfinished = header.marker ? undefined : header.timestamp;
      const sealed = sink.send({ ...header, sequenceNumber: sequence }, payload);
      if (sealed) kept.set(sequence, { sealed, at: now });
    }
    for (const [number, { at }] of kept) {
      if (kept.size <= MOST_KEPT && now - at < KEEP_MS) break;
      kept.delete(number);
    }
  };

  return {
    show(frame, now) {
      if (frame === false && !shown) return;
      shown = frame === false
        ? { frame: readWebp(decodeBase64(BLACK)!).frame, times: BLACK_TIMES }
        : { frame, times: Infinity };
      refresh(now, true);
    },
    write(frame, key, now) {
      shown = undefined;
      if (waiting.length > MOST_WAITING) {
        waiting = [];
        needsKey = true;
      }
      if (needsKey && !key) return;
      needsKey = false;
      queue(frame, now);
      flush(now);
    },
    begin(now) {
      waiting = [];
      kept = new Map();
      refresh(now, true);
    },
    lost(now) {
      if (now - sentAt >= LEAST_REFRESH_MS) refresh(now);
    },
    again(missing) {
      for (const number of missing) {
        const packet = kept.get(number);
        if (packet) sink.resend(packet.sealed);
      }
    },
    tick(now) {
      if (shown && now - sentAt >= refreshMs) refresh(now);
      else if (waiting.length > 0 || kept.size > 0) flush(now);
    },
  };
}

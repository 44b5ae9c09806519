/**
 * The video that a client sends on one of its lines, as far as the bot wants it.
 *
 * @module
 */
import type { Frame } from "../../../core/frame.ts";
import type { ImageFrame, VideoCodec, VideoSource, VideoWish } from "../../../core/video.ts";
import {
  type AccessUnit,
  type AccessUnits,
  createAccessUnits,
} from "../../../video/access_units.ts";
import { createMissingPackets } from "../../../video/missing_packets.ts";
import { createUnitOrder, type UnitOrder } from "../../../video/unit_order.ts";
import { writeWebp } from "../../../video/webp.ts";
import type { RtpPacket } from "../guard/rtp_packet.ts";
import { VIDEO_CLOCK_RATE } from "../sdp/video_codecs.ts";
import type { VideoLine } from "../sdp/video_lines.ts";
import { createSnapshots, noPicture } from "./snapshots.ts";

/** Asks the client for something about one of its streams. */
export interface VideoRequests {
  /** A key frame. */
  keyFrame(source: number): void;
  /** Packets again, by their sequence numbers. */
  again(source: number, missing: readonly number[]): void;
}

/** What a bot wants of a line. */
export interface InputWish {
  /** Whether it may ask for pictures one by one. */
  readonly onRequest: boolean;
  /** Time between two pictures, in ms; absent if there are none. */
  readonly everyMs?: number;
  /** Whether all access units are read. */
  readonly encoded: boolean;
}

/**
 * Receives one line. Key frames are requested when a picture is due, and packets are opened while
 * one is awaited: an unwanted packet costs only a look at its header.
 */
export interface VideoInput {
  /** The SSRC that it receives; nothing before the first packet. */
  readonly source: number | undefined;
  /** How much the bot wants of it. */
  readonly wanted: "nothing" | "pictures" | "everything";
  /** Says what the bot wants from now on. */
  want(wish: InputWish): void;
  /** Takes a picture from now; rejects with `no_picture`. */
  snapshot(timeoutMs: number, now: number): Promise<ImageFrame>;
  /** Follows what the latest answer has agreed; over a new connection all streams are new. */
  follow(line: VideoLine | undefined, isNew: boolean): void;
  /** The client says whether it films. */
  turn(isOn: boolean): void;
  /** Whether a packet is worth opening, by its number, which nobody has checked. */
  admits(sequence: number, now: number): boolean;
  /** Takes a packet. */
  receive(packet: RtpPacket, now: number): void;
  /** Lets time pass. */
  tick(now: number): void;
  /** Rejects pending requests. */
  close(): void;
}

/** At most one key frame is asked for in this time. */
export const KEY_REQUEST_MS = 500;
/** After this long without a packet the camera is off, and a request would not be answered. */
const SILENT_MS = 2000;
/** At least one packet in this many is opened, or wraps of the sequence number would be missed. */
const LONGEST_UNOPENED = 8192;

/** The wish of a bot, in the terms of a line. */
export function inputWish(wish: VideoWish | undefined, encoded: boolean): InputWish {
  if (wish === undefined) return { onRequest: encoded, encoded };
  if (wish === "onRequest") return { onRequest: true, encoded };
  const { framesPerSecond } = wish;
  return {
    onRequest: true,
    encoded: encoded || wish.encoded === true,
    ...(framesPerSecond ? { everyMs: 1000 / framesPerSecond } : {}),
  };
}

/**
 * Makes the receiver of a line.
 *
 * @param push Takes the frames.
 * @param began When media began, in ms.
 */
export function createVideoInput(
  name: VideoSource,
  requests: VideoRequests,
  push: (frame: Frame) => void,
  began: number,
): VideoInput {
  let wish: InputWish = { onRequest: false, encoded: false };
  let line: VideoLine | undefined;
  let isOff = false;
  let source: number | undefined;
  let units: AccessUnits | undefined;
  let order: UnitOrder | undefined;
  const missing = createMissingPackets();
  const snapshots = createSnapshots(name);
  /** When the next picture is due, of those that come by themselves. */
  let dueAt = Infinity;
  let askedAt = -Infinity;
  let seenAt = -Infinity;
  let isOpen = false;
  let lastOpened: number | undefined;
  /** The RTP timestamp of the first unit, and the latest one with its turns. */
  let clock: { readonly first: number; latest: number } | undefined;

  const canPicture = () => line?.codec === "vp8";
  const needsKey = (now: number) => {
    const isBroken = order?.tick(now) ?? false;
    return isBroken || snapshots.wanted || canPicture() && now >= dueAt;
  };
  const reset = () => {
    units?.clear();
    missing.clear();
    order = wish.encoded ? createUnitOrder(handUnit) : undefined;
    isOpen = false;
  };
  /** Begins to open packets, or stops. */
  const open = (next: boolean) => {
    if (isOpen === next) return;
    isOpen = next;
    units?.clear();
    missing.clear();
  };
  const handUnit = ({ data, key, timestamp }: AccessUnit) => {
    if (!line) return;
    clock ??= { first: timestamp, latest: timestamp };
    clock.latest += (timestamp - clock.latest) | 0;
    const ms = (clock.latest - clock.first) * 1000 / VIDEO_CLOCK_RATE;
    push({ type: "video", data, codec: line.codec, key, timestamp: ms, source: name });
  };
  const handPicture = ({ data: frame, began: at }: AccessUnit, now: number) => {
    const webp = writeWebp(frame);
    if (!webp) return;
    const { data, width, height } = webp;
    const timestamp = now - began;
    const picture: ImageFrame = {
      type: "image",
      data,
      format: "image/webp",
      width,
      height,
      timestamp,
      source: name,
    };
    snapshots.hand(picture, at);
    if (now < dueAt) return;
    const everyMs = wish.everyMs ?? Infinity;
    // In step with the clock, or from now on after a time without video.
    dueAt = dueAt + everyMs > now ? dueAt + everyMs : now + everyMs;
    push(picture);
  };
  const tick = (now: number) => {
    const isSilent = isOff || now - seenAt > SILENT_MS;
    snapshots.expire(isSilent ? "the client sends nothing" : "no key frame came in time", now);
    const waiting = needsKey(now);
    open(waiting || wish.encoded);
    if (!isOpen || source === undefined) return;
    const due = missing.due(now);
    if (due.length > 0) requests.again(source, due);
    if (!waiting || isSilent || now - askedAt < KEY_REQUEST_MS) return;
    askedAt = now;
    requests.keyFrame(source);
  };

  return {
    get source() {
      return source;
    },
    get wanted() {
      if (wish.encoded) return "everything";
      return wish.onRequest ? "pictures" : "nothing";
    },
    want(next) {
      wish = next;
      dueAt = next.everyMs === undefined ? Infinity : 0;
      reset();
    },
    snapshot(timeoutMs, now) {
      const reason = !wish.onRequest
        ? `ask for it with createTransport(args, { videoIn: { ${name}: "onRequest" } })`
        : !line?.receives
        ? OFFERS_NONE
        : isOff
        ? "it is off"
        : canPicture()
        ? undefined
        : noPictureIn(line.codec);
      if (reason !== undefined) return Promise.reject(noPicture(name, reason));
      const snapshot = snapshots.wait(timeoutMs, now);
      tick(now);
      return snapshot;
    },
    follow(next, isNew) {
      if (isNew || next?.codec !== line?.codec || next?.receives !== line?.receives) {
        source = undefined;
        clock = undefined;
        units = next?.receives ? createAccessUnits(next.codec) : undefined;
        reset();
      }
      line = next;
      if (!line?.receives) snapshots.refuse(OFFERS_NONE);
    },
    turn(isOn) {
      isOff = !isOn;
      if (isOff) snapshots.refuse("it was turned off");
    },
    admits(sequence, now) {
      seenAt = now;
      if (isOpen || wish.encoded || source === undefined || lastOpened === undefined) return true;
      return ((sequence - lastOpened) & 0xffff) > LONGEST_UNOPENED;
    },
    receive(packet, now) {
      lastOpened = packet.sequence;
      seenAt = now;
      if (packet.source !== source) {
        source = packet.source;
        clock = undefined;
        reset();
        tick(now);
      }
      if (!isOpen || !units) return;
      missing.note(packet.sequence, now);
      const unit = units.push(packet, now);
      if (!unit) return;
      if (unit.key && canPicture()) handPicture(unit, now);
      order?.push(unit, now);
    },
    tick,
    close() {
      line = undefined;
      snapshots.refuse("the call is over");
    },
  };
}

/** Why there are no pictures of a codec. */
export function noPictureIn(codec: VideoCodec): string {
  const name = codec.toUpperCase();
  return `the client offers ${name} and no VP8, and only a VP8 frame is a picture; read its encoded ` +
    "units with videoIn: { encoded: true } and decode them yourself";
}

const OFFERS_NONE = "the client offers no such video";

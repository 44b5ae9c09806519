/**
 * The codecs of video, as far as RTP concerns them: none is decoded here.
 *
 * @module
 */
import type { VideoCodec } from "../core/video.ts";
import { joinAv1, startsAv1Unit } from "./av1.ts";
import { joinH264, startsH264Unit } from "./h264.ts";
import { isKeyFrame, readVp8Payload } from "./vp8.ts";

/** What the payloads of an access unit are together. */
export interface JoinedUnit {
  /** Its bytes, in parts. */
  readonly parts: readonly Uint8Array[];
  /** Whether decoding can begin with it. */
  readonly key: boolean;
}

/** How RTP carries a codec. */
export interface VideoPayload {
  /** Whether a payload can only be the first of its access unit. */
  starts(payload: Uint8Array): boolean;
  /** Puts the payloads of an access unit together; returns nothing for those that are malformed. */
  join(payloads: readonly Uint8Array[]): JoinedUnit | undefined;
}

/** How RTP carries each codec. */
export const VIDEO_PAYLOADS: Readonly<Record<VideoCodec, VideoPayload>> = {
  vp8: {
    starts: (payload) => readVp8Payload(payload)?.starts === true,
    join: joinVp8,
  },
  h264: { starts: startsH264Unit, join: joinH264 },
  av1: { starts: startsAv1Unit, join: joinAv1 },
};

function joinVp8(payloads: readonly Uint8Array[]): JoinedUnit | undefined {
  const parts: Uint8Array[] = [];
  for (const [index, payload] of payloads.entries()) {
    const read = readVp8Payload(payload);
    if (!read || read.starts !== (index === 0)) return;
    parts.push(read.piece);
  }
  return parts[0] && { parts, key: isKeyFrame(parts[0]) };
}

/**
 * What reads video, in an order in which a client could send it, and the pictures that a bot is given.
 */
import { getLogger } from "@logtape/logtape";
import { RunnerError } from "../../src/core/error.ts";
import type { Frame } from "../../src/core/frame.ts";
import type { VideoCodec } from "../../src/core/video.ts";
import { writeVp8Payloads } from "../../src/video/vp8.ts";
import { readWebp } from "../../src/video/webp.ts";
import { readRtcp } from "../../src/ways/webrtc/guard/rtcp_compound.ts";
import { readRtpHeader, withoutPadding } from "../../src/ways/webrtc/guard/rtp_packet.ts";
import type { VideoLine } from "../../src/ways/webrtc/sdp/video_lines.ts";
import { createVideo } from "../../src/ways/webrtc/video/video.ts";
import { ANIMATED, LOSSLESS, STRIPES, WITH_ALPHA } from "../video/pictures.ts";
import { fakeConnection } from "../webrtc/fake_connection.ts";
import { reports } from "./datagrams.ts";
import { DATAGRAM_BYTES, holds, MEGABYTE, type Target } from "./parsers.ts";
import { rtpShape } from "./shapes.ts";

const VIDEO = 96;
const MID_EXTENSION = 4;
/** One picture of a screen, as it is put together and as a WebP. */
const MOST_OF_PICTURE = 4 * MEGABYTE;

/** Packets of the payloads, in their order, named as those of a section. */
function packetsOf(mid: string, payloads: readonly Uint8Array[]): Uint8Array[] {
  return payloads.map((payload, i) => {
    const packet = new Uint8Array(20 + payload.length);
    const isLast = i === payloads.length - 1;
    packet.set([0x90, isLast ? 0x80 | VIDEO : VIDEO, 0, i, 0, 0, 0, 9, 0, 0, 0, mid.charCodeAt(0)]);
    packet.set([0xbe, 0xde, 0, 1, MID_EXTENSION << 4, mid.charCodeAt(0), 0, 0], 12);
    packet.set(payload, 20);
    return packet;
  });
}

const key = new Uint8Array(2500);
key.set(readWebp(STRIPES).frame);
const PAYLOADS: Readonly<Record<VideoCodec, readonly Uint8Array[]>> = {
  vp8: [...writeVp8Payloads(key, 7), ...writeVp8Payloads(Uint8Array.of(0x11, 1, 2), 8)],
  h264: [
    Uint8Array.of(0x78, 0, 2, 0x67, 1, 0, 2, 0x68, 2),
    Uint8Array.of(0x7c, 0x85, 3, 4),
    Uint8Array.of(0x7c, 0x45, 6),
    Uint8Array.of(0x41, 1, 2, 3),
  ],
  av1: [
    Uint8Array.of(0x68, 2, 0x08, 7, 0x30, 1, 2),
    Uint8Array.of(0x90, 3, 4),
    Uint8Array.of(0x00, 2, 0x12, 0, 4, 0x32, 2, 5, 6),
  ],
};

/** A client that films with camera and screen, for a bot that wants all there is. */
const filmed = (codec: VideoCodec): Target => ({
  name: `video in ${codec}`,
  maxBytes: DATAGRAM_BYTES,
  mostBytes: MOST_OF_PICTURE,
  samples: [...packetsOf("1", PAYLOADS[codec]), ...packetsOf("2", PAYLOADS[codec]), ...reports()],
  shapeOf: rtpShape,
  begin() {
    let [taken, given] = [0, 0];
    const push = (frame: Frame) => {
      if (frame.type === "image" || frame.type === "video") given += frame.data.length;
    };
    const line = (source: "camera" | "screen", mid: string): VideoLine => ({
      source,
      receives: true,
      shows: source === "camera" && codec === "vp8",
      codec,
      payloadType: VIDEO,
      feedback: ["nack", "nack pli", "goog-remb"],
      ssrcs: [],
      mid,
      midExtension: MID_EXTENSION,
      ridExtension: undefined,
    });
    const video = createVideo(push, getLogger(["fuzz"]));
    video.configure({ camera: { framesPerSecond: 2 }, screen: "onRequest", encoded: true });
    const { connection } = fakeConnection();
    video.begin({ ...connection, video: [line("camera", "1"), line("screen", "2")] });
    if (codec === "vp8") video.show(STRIPES);
    return {
      take(bytes) {
        taken += bytes.length;
        const isReport = (bytes[1] ?? 0) >= 192 && (bytes[1] ?? 0) < 224;
        if (isReport) { for (const report of readRtcp(bytes) ?? []) video.heard(report); }
        else if (video.admits(bytes)) {
          const header = readRtpHeader(bytes);
          if (!header) return;
          const payload = withoutPadding(bytes.subarray(header.length), header.padded);
          const head = bytes.subarray(0, header.length);
          if (payload) video.receive({ ...header, payload, ...(header.extended ? { head } : {}) });
        }
        if (taken % 20 === 0) video.tick();
        // A picture is given as itself and as what it is coded in, and H.264 gets start codes.
        holds(given <= 4 * taken + STRIPES.length, "no more comes out than has come in");
      },
      end: () => video.close(),
    };
  },
});

const WEBP: Target = {
  name: "WebP",
  maxBytes: 2000,
  mostBytes: MEGABYTE,
  samples: [STRIPES, WITH_ALPHA, LOSSLESS, ANIMATED],
  shapeOf: () => ({ counts: [{ at: 4, length: 4 }, { at: 16, length: 4 }], parts: [] }),
  begin: () => ({
    take(bytes) {
      try {
        holds(readWebp(bytes).frame.length <= bytes.length, "a frame is within its file");
      } catch (error) {
        if (!(error instanceof RunnerError)) throw error;
      }
    },
  }),
};

/** All that reads video and pictures. */
export const VIDEO_PARSERS: readonly Target[] = [
  filmed("vp8"),
  filmed("h264"),
  filmed("av1"),
  WEBP,
];

/**
 * What reads media, in an order in which a client could send it: sealed, forged, and what is done with
 * it once it is open.
 */
import { getLogger } from "@logtape/logtape";
import * as werift from "werift";
import { loadOpus } from "../../src/audio/opus.ts";
import { writeRedundant } from "../../src/audio/redundancy.ts";
import type { Frame } from "../../src/core/frame.ts";
import { readRtcp } from "../../src/ways/webrtc/guard/rtcp_compound.ts";
import { readRtpHeader, withoutPadding } from "../../src/ways/webrtc/guard/rtp_packet.ts";
import { viewOf } from "../../src/ways/webrtc/guard/sctp_packet.ts";
import {
  createSrtpReceiver,
  type ReceiverProfile,
} from "../../src/ways/webrtc/guard/srtp_receiver.ts";
import { createMedia } from "../../src/ways/webrtc/media.ts";
import { sine } from "../audio/signals.ts";
import { encoded } from "../webrtc/call.ts";
import { fakeConnection, OPUS, OURS } from "../webrtc/fake_connection.ts";
import { packets, reports } from "./datagrams.ts";
import { DATAGRAM_BYTES, holds, MEGABYTE, type Target } from "./parsers.ts";
import { KEYS, sealRtcp, sealRtp } from "./sealing.ts";
import { rtcpShape, rtpShape } from "./shapes.ts";

const datagrams = { maxBytes: DATAGRAM_BYTES, mostBytes: MEGABYTE };
const opus = await loadOpus();

const receiver = (profile: ReceiverProfile) =>
  createSrtpReceiver(profile, KEYS[profile], KEYS[profile]);

/** What a client seals that has the keys and means harm. */
const sealed = (profile: ReceiverProfile): Target[] => [
  {
    ...datagrams,
    name: `SRTP, sealed (${profile})`,
    samples: packets(),
    shapeOf: rtpShape,
    begin() {
      const { rtp } = receiver(profile);
      return { take: (bytes) => void rtp(sealRtp(profile, bytes)) };
    },
  },
  {
    ...datagrams,
    name: `SRTCP, sealed (${profile})`,
    samples: reports(),
    shapeOf: rtcpShape,
    begin() {
      const { rtcp } = receiver(profile);
      let index = 0;
      return { take: (bytes) => void rtcp(sealRtcp(profile, bytes, index++)) };
    },
  },
];

/** What is changed on its way: it must not be taken for authentic, nor move what is known. */
const forged = (profile: ReceiverProfile): Target => {
  const own = [
    ...packets().map((packet) => sealRtp(profile, packet)),
    ...reports().map((report, i) => sealRtcp(profile, report, i)),
  ];
  const isOwn = (bytes: Uint8Array) =>
    own.some((one) => one.length === bytes.length && one.every((byte, i) => byte === bytes[i]));
  return {
    ...datagrams,
    name: `SRTP, forged (${profile})`,
    samples: own,
    shapeOf: rtpShape,
    begin() {
      const { rtp, rtcp } = receiver(profile);
      return {
        take(bytes) {
          const taken = rtp(bytes) || rtcp(bytes);
          holds(!taken || isOwn(bytes), "no forgery is taken");
        },
        end() {
          const fresh = packets()[0]!.slice();
          viewOf(fresh).setUint32(8, 0xbabe); // a stream of its own
          holds(!!rtp(sealRtp(profile, fresh)), "what is authentic is taken");
        },
      };
    },
  };
};

const RED = 63;
const KEYS_AT_8000 = 126;
const [speech, ...more] = encoded(sine(440, 48_000, 0.1));
const rtp = (payloadType: number, sequence: number, payload: Uint8Array) => {
  const packet = new Uint8Array(12 + payload.length);
  packet.set([0x80, payloadType]);
  const view = viewOf(packet);
  view.setUint16(2, sequence);
  view.setUint32(4, sequence * 960);
  view.setUint32(8, 7);
  packet.set(payload, 12);
  return packet;
};
const block = (payload: Uint8Array, timestamp: number) => ({
  payloadType: OPUS,
  timestamp,
  payload,
});

/** More audio than the time that has passed, in ms, would be a way to fill memory. */
const MOST_AHEAD_MS = 3000;

const MEDIA: Target = {
  ...datagrams,
  name: "audio, copies and keys",
  samples: [
    ...[speech!, ...more].map((payload, i) => rtp(OPUS, i, payload)),
    rtp(
      RED,
      5,
      writeRedundant(
        block(speech!, 4800),
        more.slice(0, 2).map((p, i) => block(p, 2880 + 960 * i)),
      ),
    ),
    rtp(KEYS_AT_8000, 6, Uint8Array.of(5, 10, 3, 32)),
    rtp(KEYS_AT_8000, 7, Uint8Array.of(5, 138, 3, 32)),
    ...reports(),
  ],
  shapeOf: rtpShape,
  begin() {
    const began = performance.now();
    let [heardMs, ticks] = [0, 0];
    const push = (frame: Frame) => {
      if (frame.type !== "audio") return;
      heardMs += frame.samples.length / frame.channels / frame.sampleRate * 1000;
    };
    const media = createMedia({ werift, opus: () => opus }, { push, dropped: 0 }, logger);
    const keys = new Map([[KEYS_AT_8000, 8000]]);
    media.begin(fakeConnection({ redundancy: RED, keys, source: OURS }).connection);
    return {
      take(bytes) {
        const header = readRtpHeader(bytes);
        const isReport = (bytes[1] ?? 0) >= 192 && (bytes[1] ?? 0) < 224;
        if (isReport) { for (const report of readRtcp(bytes) ?? []) media.heard(report); }
        else if (header) {
          const payload = withoutPadding(bytes.subarray(header.length), header.padded);
          if (payload) media.receive({ ...header, payload });
        }
        if (++ticks % 20 === 0) media.tick(1);
        const most = performance.now() - began + MOST_AHEAD_MS;
        holds(heardMs <= most, "there is no more audio than time");
      },
      end: () => media.close(),
    };
  },
};

const logger = getLogger(["fuzz"]);

/** All that reads media. */
export const MEDIA_PARSERS: readonly Target[] = [
  ...sealed("gcm"),
  ...sealed("counter"),
  forged("gcm"),
  forged("counter"),
  MEDIA,
];

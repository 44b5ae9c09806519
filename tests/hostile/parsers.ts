/**
 * What reads what anybody may send over UDP, each part of it alone, with valid messages to begin with.
 */
import { Buffer } from "node:buffer";
import { RunnerError } from "../../src/core/error.ts";
import { createKeyReader } from "../../src/audio/key_presses.ts";
import { telephoneEvents } from "../../src/audio/dtmf.ts";
import { readRedundant, writeRedundant } from "../../src/audio/redundancy.ts";
import { judgeCheck } from "../../src/ways/webrtc/guard/check.ts";
import { sctpChecksum } from "../../src/ways/webrtc/guard/crc32c.ts";
import { PAYLOAD, readChannelControl } from "../../src/ways/webrtc/guard/dcep.ts";
import { readRtcp, type RtcpReport } from "../../src/ways/webrtc/guard/rtcp_compound.ts";
import { readRtpHeader, withoutPadding } from "../../src/ways/webrtc/guard/rtp_packet.ts";
import { createInbound } from "../../src/ways/webrtc/guard/sctp_inbound.ts";
import {
  CHUNK,
  parseSctp,
  readData,
  readForward,
  viewOf,
} from "../../src/ways/webrtc/guard/sctp_packet.ts";
import { answerTo, readReconfig } from "../../src/ways/webrtc/guard/sctp_reconfig.ts";
import { type AssociationState, judge } from "../../src/ways/webrtc/guard/sctp_rules.ts";
import {
  ATTRIBUTE,
  hasFingerprint,
  isAuthentic,
  looksLikeStun,
  namedFragment,
  readStun,
  writeStun,
} from "../../src/ways/webrtc/guard/stun.ts";
import { readCandidate } from "../../src/ways/webrtc/sdp/candidate.ts";
import { createNegotiation } from "../../src/ways/webrtc/sdp/negotiation.ts";
import { readOffer } from "../../src/ways/webrtc/sdp/offer.ts";
import { createFrameReader, frameOf } from "../../src/ways/webrtc/shared_port/frames.ts";
import { PACKET_BYTES } from "../../src/ways/webrtc/udp.ts";
import { createDemultiplexer } from "../../src/ways/webrtc/shared_port/demultiplexer.ts";
import { STACK_ANSWER } from "../webrtc/sdp/offers.ts";
import { checks, CREDENTIALS, openings, packets, reports, sctpPackets, TSN } from "./datagrams.ts";
import type { Material } from "./mutations.ts";
import { ODD_LINES, OFFER } from "./sdp.ts";
import {
  channelShape,
  eventShape,
  framesShape,
  redundantShape,
  rtcpShape,
  rtpShape,
  sctpShape,
  sdpShape,
  stunShape,
} from "./shapes.ts";

/** Something that reads, and what to give it. */
export interface Target extends Material {
  readonly name: string;
  /** What one input may allocate, in bytes. */
  readonly mostBytes: number;
  /** Begins with nothing. What it throws is a fault. */
  readonly begin: () => Reading;
}

/** Takes inputs one after the other. */
export interface Reading {
  take(bytes: Uint8Array): void;
  /** Looks whether all is as it has to be after the last one, and gives back what it has. */
  end?(): void;
}

/** The longest datagrams that a path carries. */
export const DATAGRAM_BYTES = 1472;
/** What one datagram may allocate. */
export const MEGABYTE = 1_000_000;
/** A whole offer is text of up to 200 KB, and is read once. */
const OFFER_BYTES = 220_000;
const MOST_OF_OFFER = 8 * MEGABYTE;

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const datagrams = { maxBytes: DATAGRAM_BYTES, mostBytes: MEGABYTE };
const always = (take: (bytes: Uint8Array) => void) => () => ({ take });

/** What holds of all that a reader gives back, whatever it has read. */
export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(`It does not hold: ${what}`);
}

const STUN: Target = {
  ...datagrams,
  name: "STUN",
  samples: checks(),
  shapeOf: stunShape,
  begin: always((bytes) => {
    const message = looksLikeStun(bytes) ? readStun(bytes) : undefined;
    if (!message) return;
    judgeCheck(message, CREDENTIALS);
    hasFingerprint(message);
    isAuthentic(message, CREDENTIALS.password);
    // As its sender would have made it.
    const authentic = readStun(writeStun(message, CREDENTIALS.password));
    holds(!!authentic && isAuthentic(authentic, CREDENTIALS.password), "what is written is read");
    if (authentic) judgeCheck(authentic, CREDENTIALS);
    for (const value of message.attributes.values()) {
      const at = value.byteOffset - bytes.byteOffset;
      holds(viewOf(bytes).getUint16(at - 2) === value.length, "an attribute is as long as it says");
    }
  }),
};

const HOME = ["198.51.100.1", 4000] as const;

const SHARED_PORT: Target = {
  ...datagrams,
  name: "the UDP port of all calls",
  samples: [...checks(), ...packets(), ...sctpPackets()],
  shapeOf: stunShape,
  begin() {
    const [asked = new Uint8Array()] = checks();
    const demultiplexer = createDemultiplexer<string>();
    const names = ["one", "another"].map((session) => demultiplexer.name(session));
    demultiplexer.claim("one", ...HOME, true);
    const ask = () => demultiplexer.sent("one", asked);
    ask();
    const before = JSON.stringify(demultiplexer.size);
    return {
      take(bytes) {
        const fragment = namedFragment(bytes);
        const username = looksLikeStun(bytes) &&
          readStun(bytes)?.attributes.get(ATTRIBUTE.username);
        if (username) {
          const colon = username.subarray(0, 257).indexOf(0x3a);
          const expected = colon < 1 ? undefined : latin1(username.subarray(0, colon));
          holds(fragment === expected, "a user name is read as STUN has it");
        }
        for (const [host, port] of [HOME, ["192.0.2.9", HOME[1]]] as const) {
          const owner = demultiplexer.ownerOf(bytes, host, port);
          const isStun = looksLikeStun(bytes);
          if (!isStun) {
            holds(owner === (host === HOME[0] ? "one" : undefined), "an address decides");
          } else if (owner) {
            holds(!names.includes(fragment ?? "") && owner === "one", "it was asked");
          }
        }
        ask(); // what was answered is answered once
        holds(JSON.stringify(demultiplexer.size) === before, "strangers leave no trace");
      },
      end() {
        for (const session of ["one", "another"]) demultiplexer.leave(session);
        holds(Object.values(demultiplexer.size).every((count) => count === 0), "nothing is left");
      },
    };
  },
};

const FRAMES: Target = {
  ...datagrams,
  name: "datagrams over TCP",
  samples: checks().map((check) => Buffer.concat([...packets(), check].map(frameOf))),
  shapeOf: framesShape,
  begin() {
    const came = ({ length }: Uint8Array) =>
      holds(length > 0 && length <= PACKET_BYTES, "a datagram is one of a call");
    let reader = createFrameReader(came);
    return {
      take(bytes) {
        if (!reader.take(bytes)) reader = createFrameReader(came); // another connection
      },
    };
  },
};

const PHASES = ["closed", "cookieWait", "cookieEchoed", "established", "ending"] as const;
const STATES = PHASES.flatMap((phase): AssociationState[] =>
  [true, false].map((initiated) => ({ phase, initiated, acknowledgedTsn: TSN, sentTsn: TSN + 9 }))
);

const SCTP: Target = {
  ...datagrams,
  name: "SCTP",
  samples: sctpPackets(),
  shapeOf: sctpShape,
  begin() {
    let [delivered, received] = [0, 0];
    const deliver = (_stream: number, protocol: number, message: Uint8Array) => {
      delivered += message.length;
      if (protocol === PAYLOAD.control) readChannelControl(message);
    };
    let inbound = createInbound(
      TSN,
      deliver,
      () => inbound = createInbound(TSN, deliver, () => {}),
    );
    return {
      take(bytes) {
        received += bytes.length;
        if (bytes.length >= 12) viewOf(bytes).setUint32(8, sctpChecksum(bytes), true);
        for (const chunk of parseSctp(bytes)?.chunks ?? []) {
          const length = viewOf(chunk.bytes).getUint16(2);
          holds(length >= 4 && length === chunk.bytes.length, "a chunk is as long as it says");
          const verdicts = STATES.map((state) => judge(chunk, state));
          if (!verdicts.includes("take")) continue;
          if (chunk.type === CHUNK.data) inbound.take(readData(chunk)!);
          else if (chunk.type === CHUNK.forwardTsn) inbound.forward(readForward(chunk)!);
          else if (chunk.type === CHUNK.reconfig) {
            for (const part of readReconfig(chunk.value) ?? []) {
              if (part.kind !== "response") answerTo(part, 1, inbound.cumulativeTsn);
              if (part.kind === "reset") inbound.reset(part.streams);
            }
          }
        }
        const answer = inbound.acknowledge();
        holds(answer.length <= DATAGRAM_BYTES, "a SACK fits into a datagram");
        holds(delivered <= received, "no more is delivered than has come");
      },
    };
  },
};

const DCEP: Target = {
  ...datagrams,
  name: "DCEP",
  samples: openings(),
  shapeOf: channelShape,
  begin: always((bytes) => {
    const control = readChannelControl(bytes);
    if (control?.kind !== "open") return;
    const { label, protocol } = control;
    const length = encoder.encode(label + protocol).length;
    holds(length + 12 === bytes.length, "an opening is its label and its protocol");
  }),
};

const RTP: Target = {
  ...datagrams,
  name: "RTP",
  samples: packets(),
  shapeOf: rtpShape,
  begin: always((bytes) => {
    const header = readRtpHeader(bytes);
    if (!header) return;
    holds(header.length <= bytes.length, "a header is within its packet");
    const payload = withoutPadding(bytes.subarray(header.length), header.padded);
    holds(!payload || header.length + payload.length <= bytes.length, "so is its payload");
  }),
};

const RTCP: Target = {
  ...datagrams,
  name: "RTCP",
  samples: reports(),
  shapeOf: rtcpShape,
  begin: always((bytes) => {
    const reports = readRtcp(bytes) ?? [];
    const bytesOf = (report: RtcpReport) =>
      "receptions" in report
        ? report.receptions.length * 24
        : report.type === "nack"
        ? report.missing.length / 17 * 4
        : 8;
    const all = reports.reduce((sum, report) => sum + bytesOf(report), 0);
    holds(all <= bytes.length, "reports are within their packet");
  }),
};

const opusLike = (bytes: number, payloadType = 111) => ({
  payloadType,
  payload: new Uint8Array(bytes).fill(bytes),
});

const RED: Target = {
  ...datagrams,
  name: "RED",
  samples: [0, 1, 2, 9].map((copies) =>
    writeRedundant(
      { ...opusLike(80), timestamp: 96_000 },
      Array.from({ length: copies }, (_, i) => ({
        ...opusLike(40 + i),
        timestamp: 96_000 - 960 * (copies - i),
      })),
    )
  ),
  shapeOf: redundantShape,
  begin: always((bytes) => {
    const blocks = readRedundant(bytes, 5) ?? [];
    const length = blocks.reduce((sum, { payload }) => sum + payload.length + 4, -3);
    holds(blocks.length === 0 || length === bytes.length, "a packet is its blocks");
  }),
};

const EVENTS: Target = {
  ...datagrams,
  name: "telephone-event",
  samples: [
    ...telephoneEvents("5"),
    ...telephoneEvents("#", { durationMs: 1300, clockRate: 48_000, packetMs: 400 }),
  ],
  shapeOf: eventShape,
  begin() {
    const reader = createKeyReader();
    let timestamp = 0;
    return {
      take(bytes) {
        timestamp = (timestamp + (bytes[3] ?? 0) * 40) | 0;
        const keys = reader.read(bytes, timestamp);
        holds(keys.length <= bytes.length / 4, "no key without an event");
      },
    };
  },
};

const decoder = new TextDecoder();
const encoder = new TextEncoder();

const SDP: Target = {
  name: "SDP",
  samples: [
    OFFER,
    OFFER.replaceAll("a=setup:actpass", "a=setup:passive"),
    OFFER.replaceAll("a=mid:", "a=x-mid:"),
    ...ODD_LINES.map((line) => `${line}\r\n`),
  ].map((text) => encoder.encode(text)),
  shapeOf: sdpShape,
  maxBytes: OFFER_BYTES,
  mostBytes: MOST_OF_OFFER,
  begin() {
    const negotiation = createNegotiation();
    return {
      take(bytes) {
        const text = decoder.decode(bytes);
        readCandidate(text.slice(0, 300));
        try {
          const offer = readOffer(text);
          if (offer.transport) negotiation.offer(offer, offer.transport);
          negotiation.answer(offer, STACK_ANSWER, 1234);
        } catch (error) {
          if (!(error instanceof RunnerError)) throw error;
        }
      },
    };
  },
};

/** All that reads what nothing protects, or what is left of it when it is deciphered. */
export const PARSERS: readonly Target[] = [
  STUN,
  SHARED_PORT,
  FRAMES,
  SCTP,
  DCEP,
  RTP,
  RTCP,
  RED,
  EVENTS,
  SDP,
];

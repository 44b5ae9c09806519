/**
 * The audio of a call, over one connection after another.
 *
 * @module
 */
import type { Logger } from "../../core/log.ts";
import type * as Werift from "werift";
import { toMono } from "../../audio/channels.ts";
import { readRedundant } from "../../audio/redundancy.ts";
import { createStreamFollower } from "../../audio/rtp_stream.ts";
import type { Opus } from "../../audio/opus.ts";
import type { Incoming } from "../../core/incoming.ts";
import { type Observed, observed } from "../../core/call_observer.ts";
import { type AudioFrame, type DtmfFrame, type Frame, FRAME_MS } from "../../core/frame.ts";
import type { PeerAudio } from "../../core/peer.ts";
import type { CallStats } from "../../core/call_stats.ts";
import { createAudioIn } from "./audio_in.ts";
import {
  type AgreedCodec,
  type AudioOut,
  createAudioOut,
  type OutgoingPacket,
  type PlayedFrame,
} from "./audio_out.ts";
import { type Codec, type CodecName, g711Codec, opusCodec } from "./codec.ts";
import type { AgreedAudio } from "./agreed_audio.ts";
import type { Connection } from "./connection.ts";
import type { RtcpReport } from "./guard/rtcp_compound.ts";
import type { RtpPacket } from "./guard/rtp_packet.ts";
import { createProtection, type Protection } from "./protection.ts";
import { createQuality } from "./quality.ts";
import { createReporter, type Reporter } from "./rtcp.ts";
import type { createVideo } from "./video/video.ts";

/** What peers are built on. */
export interface Stack {
  readonly werift: typeof Werift;
  /** Opus, which is loaded before media begins. */
  readonly opus: () => Opus;
  readonly createVideo: typeof createVideo;
}

/** Both directions of audio, and the reports about them. */
export interface Media {
  readonly out: AudioOut;
  /** Sets the format of the frames to come. */
  configure(audio: PeerAudio): void;
  /** Begins, or goes on, over a connection that is up. */
  begin(connection: Connection): void;
  /** Takes an RTP packet. */
  receive(packet: RtpPacket): void;
  /** Takes a report of the client. */
  heard(report: RtcpReport): void;
  /** Lets time pass, in beats of 20 ms, while the connection is up. */
  tick(ticks: number): void;
  /** How well it goes, or went. */
  stats(): CallStats;
  /** Drops what is queued, and ends. */
  close(): void;
}

const REPORT_EVERY_MS = 1000;

/**
 * Makes the media of a call.
 *
 * @param incoming Receives what the client says and the keys that it presses.
 * @param logger Knows whose media it is.
 * @param watching Who observes the call. Default: nobody.
 */
export function createMedia(
  { werift, opus }: Pick<Stack, "werift" | "opus">,
  incoming: Pick<Incoming<Frame>, "push" | "dropped">,
  logger: Logger,
  watching: Observed = observed(),
): Media {
  let connection: Connection | undefined;
  let agreed: AgreedAudio | undefined;
  let line: AgreedCodec | undefined;
  let reporter: Reporter | undefined;
  const quality = createQuality();
  let protection: Protection = createProtection();
  let reportMs = 0;
  // In the lower half: a client that misses the first packets, since its handshake ends after ours,
  // could not know that the number has turned over, and would decrypt nothing (RFC 3711, 3.3.1).
  let sequence = (crypto.getRandomValues(new Uint16Array(1))[0] ?? 0) & 0x7fff;

  const codecs = new Map<CodecName, Codec>();
  /** The same codec for the same name, so that a change can be told. */
  const codecOf = (name: CodecName): Codec => {
    let codec = codecs.get(name);
    if (!codec) codecs.set(name, codec = name === "opus" ? opusCodec(opus()) : g711Codec(name));
    return codec;
  };
  const send = ({ kind, timestamp, marker, payload }: OutgoingPacket) => {
    const audio = connection?.audio;
    const [keys] = audio?.keys.keys() ?? [];
    const type = kind === "audio" ? audio?.payloadType : keys;
    if (!connection || !audio?.sends || type === undefined) return;
    sequence = (sequence + 1) & 0xffff;
    const block = { payloadType: type, timestamp, payload };
    const sent = kind === "audio" ? protection.protect(block, audio.redundancy) : block;
    const { payloadType } = sent;
    const { source: ssrc } = audio;
    const header = { payloadType, marker, timestamp, sequenceNumber: sequence, ssrc };
    connection.sendRtp(header, sent.payload);
    reporter?.sent(timestamp, sent.payload.length, performance.now());
  };
  /** Follows what the latest answer has agreed. */
  const follow = () => {
    const audio = connection?.audio;
    if (audio === agreed) return;
    const before = agreed;
    agreed = audio;
    line = undefined;
    if (!audio) return void (reporter = undefined);
    const { source, stereo, keys } = audio;
    const codec = codecOf(audio.codec);
    const [keyClockRate] = keys.values();
    line = { codec, stereo, ...(keyClockRate ? { keyClockRate } : {}) };
    audioIn.start(codec);
    if (source === before?.source && audio.codec === before.codec) return;
    reporter = createReporter(werift, source, codec.clockRate, quality);
    protection = createProtection();
  };
  /** Takes a packet apart that carries copies of those before it. */
  const unpack = ({ sequence, timestamp, payload }: RtpPacket, stream: number, now: number) => {
    const blocks = readRedundant(payload, timestamp) ?? [];
    blocks.forEach(({ payloadType, timestamp, payload }, i) => {
      if (payloadType !== agreed?.payloadType || payload.length === 0) return;
      const back = blocks.length - 1 - i;
      const own = { kind: "audio", stream, timestamp, payload } as const;
      audioIn.receive({ ...own, sequence: (sequence - back) & 0xffff, isCopy: back > 0 }, now);
    });
  };
  /** When the packet came that is being read, or the beat that makes up for one: decoding takes time. */
  let arrivedAt = 0;
  const hear = (frame: AudioFrame | DtmfFrame) => {
    const { observer } = watching;
    if (observer && frame.type === "dtmf") observer.key("user", frame.digit);
    else if (observer && frame.type === "audio") {
      const { samples, channels, sampleRate, timestamp } = frame;
      observer.heard({
        samples: toMono(samples, channels),
        sampleRate,
        at: arrivedAt,
        timestamp,
      });
    }
    incoming.push(frame);
  };
  const audioIn = createAudioIn(hear, logger);
  const stream = createStreamFollower<RtpPacket>((packet, stream) => {
    const now = performance.now();
    reporter?.received(packet, stream, now);
    const { payloadType, sequence, timestamp, payload } = packet;
    if (payloadType === agreed?.redundancy) return unpack(packet, stream, now);
    const kind = payloadType === agreed?.payloadType ? "audio" : "key";
    audioIn.receive({ kind, stream, sequence, timestamp, payload }, now);
  });
  const play = (
    { samples, channels, rate: sampleRate, at, timestamp, isBackground }: PlayedFrame,
  ) => {
    const sound = { samples: toMono(samples, channels), sampleRate, at, timestamp };
    if (isBackground) watching.observer?.background?.(sound);
    else watching.observer?.spoken(sound);
  };
  const audioOut = createAudioOut(() => line, send, () => incoming.dropped, play);

  return {
    out: audioOut,
    configure: (audio) => audioIn.configure(audio),
    begin(next) {
      connection = next;
      follow();
      // At once, for browsers wait for a packet before they play a track.
      audioOut.tick(1, performance.now());
    },
    receive(packet) {
      const { payloadType, redundancy, keys } = connection?.audio ?? {};
      const type = packet.payloadType;
      if (type !== payloadType && type !== redundancy && !keys?.has(type)) return;
      arrivedAt = performance.now();
      stream.push(packet, arrivedAt);
    },
    heard(report) {
      if (report.type !== "sender" && report.type !== "receiver") return;
      reporter?.heard(report, performance.now());
      const ours = report.receptions.find(({ source }) => source === agreed?.source);
      if (!ours || !line) return;
      protection.note(ours, line.codec.clockRate);
      audioOut.expectLoss(protection.expectedLossPercent);
    },
    tick(ticks) {
      const now = performance.now();
      follow();
      arrivedAt = now;
      if (agreed) audioIn.tick(ticks, now);
      audioOut.tick(ticks, now);
      reportMs += ticks * FRAME_MS;
      if (reportMs < REPORT_EVERY_MS || !reporter) return;
      reportMs = 0;
      connection?.sendRtcp(reporter.report(now));
    },
    stats: quality.stats,
    close() {
      audioIn.close();
      audioOut.close();
    },
  };
}

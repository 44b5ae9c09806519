/**
 * The audio of a call, over one connection after another.
 *
 * @module
 */
import type { Logger } from "@logtape/logtape";
import type * as Werift from "werift";
import { createStreamFollower } from "../audio/rtp_stream.ts";
import type { Opus } from "../audio/opus.ts";
import type { BoundedReadable } from "../core/bounded_readable.ts";
import { type Frame, FRAME_MS } from "../core/frame.ts";
import type { PeerAudio } from "../core/peer.ts";
import { createAudioIn } from "./audio_in.ts";
import { type AudioLine, type AudioOut, createAudioOut, type OutgoingPacket } from "./audio_out.ts";
import { type Codec, type CodecName, g711Codec, opusCodec } from "./codec.ts";
import type { AgreedAudio, Connection } from "./connection.ts";
import type { RtcpReport } from "./guard/rtcp_compound.ts";
import type { RtpPacket } from "./guard/rtp_packet.ts";
import { createReporter, type Reporter } from "./rtcp.ts";

/** What peers are built on. */
export interface Stack {
  readonly werift: typeof Werift;
  readonly opus: Opus;
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
  /** Drops what is queued, and ends. */
  close(): void;
}

const REPORT_EVERY_MS = 1000;

/**
 * Makes the media of a call.
 *
 * @param incoming Takes what the client says and the keys that it presses.
 * @param logger Knows whose media it is.
 */
export function createMedia(
  { werift, opus }: Stack,
  incoming: Pick<BoundedReadable<Frame>, "push" | "dropped">,
  logger: Logger,
): Media {
  let connection: Connection | undefined;
  let agreed: AgreedAudio | undefined;
  let line: AudioLine | undefined;
  let reporter: Reporter | undefined;
  let reportMs = 0;
  // In the lower half: a client that misses the first packets, since its handshake ends after ours,
  // could not know that the number has turned over, and would decrypt nothing (RFC 3711, 3.3.1).
  let sequence = (crypto.getRandomValues(new Uint16Array(1))[0] ?? 0) & 0x7fff;

  const codecs = new Map<CodecName, Codec>();
  /** The same codec for the same name, so that a change can be told. */
  const codecOf = (name: CodecName): Codec => {
    let codec = codecs.get(name);
    if (!codec) codecs.set(name, codec = name === "opus" ? opusCodec(opus) : g711Codec(name));
    return codec;
  };
  const send = ({ kind, timestamp, marker, payload }: OutgoingPacket) => {
    const audio = connection?.audio;
    const [keys] = audio?.keys.keys() ?? [];
    const payloadType = kind === "audio" ? audio?.payloadType : keys;
    if (!connection || !audio?.sends || payloadType === undefined) return;
    sequence = (sequence + 1) & 0xffff;
    const { source: ssrc } = audio;
    const header = { payloadType, marker, timestamp, sequenceNumber: sequence, ssrc };
    connection.sendRtp(header, payload);
    reporter?.sent(timestamp, payload.length, performance.now());
  };
  /** Goes by what the latest answer has agreed. */
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
    reporter = createReporter(werift, source, codec.clockRate);
  };
  const audioIn = createAudioIn(incoming.push, logger);
  const stream = createStreamFollower<RtpPacket>((packet, stream) => {
    const now = performance.now();
    reporter?.received(packet, stream, now);
    const { payloadType, sequence, timestamp, payload } = packet;
    const kind = payloadType === connection?.audio?.payloadType ? "audio" : "key";
    audioIn.receive({ kind, stream, sequence, timestamp, payload }, now);
  });
  const audioOut = createAudioOut(() => line, send, () => incoming.dropped);

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
      const audio = connection?.audio;
      const { payloadType } = packet;
      if (payloadType !== audio?.payloadType && !audio?.keys.has(payloadType)) return;
      stream.push(packet, performance.now());
    },
    heard: (report) => reporter?.heard(report, performance.now()),
    tick(ticks) {
      const now = performance.now();
      follow();
      if (agreed) audioIn.tick(ticks, now);
      audioOut.tick(ticks, now);
      reportMs += ticks * FRAME_MS;
      if (reportMs < REPORT_EVERY_MS || !reporter) return;
      reportMs = 0;
      connection?.sendRtcp(reporter.report(now));
    },
    close() {
      audioIn.close();
      audioOut.close();
    },
  };
}

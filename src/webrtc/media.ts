/**
 * The audio of a call, over one connection after another.
 *
 * @module
 */
import type { Logger } from "@logtape/logtape";
import type * as Werift from "werift";
import type { Opus } from "../audio/opus.ts";
import { type AudioFrame, type DtmfFrame, FRAME_MS } from "../core/frame.ts";
import type { PeerAudio } from "../core/peer.ts";
import { createAudioIn } from "./audio_in.ts";
import { type AudioLine, type AudioOut, createAudioOut, type OutgoingPacket } from "./audio_out.ts";
import type { Connection } from "./connection.ts";
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
  receive(packet: Werift.RtpPacket): void;
  /** Takes a report of the client. */
  heard(packet: Werift.RtcpPacket): void;
  /** Lets time pass, in beats of 20 ms, while the connection is up. */
  tick(ticks: number): void;
  /** Drops what is queued, and ends. */
  close(): void;
}

const REPORT_EVERY_MS = 1000;

/**
 * Makes the media of a call.
 *
 * @param push Takes what the client says and the keys that it presses.
 * @param logger Knows whose media it is.
 */
export function createMedia(
  { werift, opus }: Stack,
  push: (frame: AudioFrame | DtmfFrame) => void,
  logger: Logger,
): Media {
  let connection: Connection | undefined;
  let reporter: Reporter | undefined;
  let reportMs = 0;
  let sequence = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;

  const line = (): AudioLine | undefined => {
    const audio = connection?.audio;
    const [keyClockRate] = audio?.keys.values() ?? [];
    return audio && { stereo: audio.stereo, ...(keyClockRate ? { keyClockRate } : {}) };
  };
  const send = ({ kind, timestamp, marker, payload }: OutgoingPacket) => {
    const audio = connection?.audio;
    const [keys] = audio?.keys.keys() ?? [];
    const payloadType = kind === "opus" ? audio?.opus : keys;
    if (!connection || !audio?.sends || payloadType === undefined) return;
    sequence = (sequence + 1) & 0xffff;
    const { source: ssrc } = audio;
    const header = { payloadType, marker, timestamp, sequenceNumber: sequence, ssrc };
    connection.sendRtp(header, payload);
    reporter?.sent(timestamp, payload.length, performance.now());
  };
  const audioIn = createAudioIn(opus, push, logger);
  const audioOut = createAudioOut(opus, line, send);

  return {
    out: audioOut,
    configure: (audio) => audioIn.configure(audio),
    begin(next) {
      connection = next;
      reporter = next.audio && createReporter(werift, next.audio.source);
      audioIn.start();
      // At once, for browsers wait for a packet before they play a track.
      audioOut.tick(1, performance.now());
    },
    receive(packet) {
      const audio = connection?.audio;
      const { payloadType, ssrc: source, sequenceNumber, timestamp } = packet.header;
      const isKey = audio?.keys.has(payloadType);
      if (payloadType !== audio?.opus && !isKey) return;
      const now = performance.now();
      reporter?.received(packet, now);
      const { payload } = packet;
      const kind = isKey ? "key" : "opus";
      audioIn.receive({ kind, source, sequence: sequenceNumber, timestamp, payload }, now);
    },
    heard: (packet) => reporter?.heard(packet, performance.now()),
    tick(ticks) {
      const now = performance.now();
      if (connection?.audio) audioIn.tick(ticks, now);
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

/**
 * A connection that a test plays: it has agreed on Opus, and keeps what is sent.
 */
import type { AgreedAudio } from "../../src/ways/webrtc/agreed_audio.ts";
import type { Connection } from "../../src/ways/webrtc/connection.ts";

/** The payload type of Opus. */
export const OPUS = 111;
/** Our SSRC. */
export const OURS = 1234;

/** A packet that was sent. */
export interface SentPacket {
  readonly type: number;
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

/** Makes a connection that is up. */
export function fakeConnection(
  agreed: Partial<AgreedAudio> = {},
): { readonly connection: Connection; readonly sent: SentPacket[] } {
  const sent: SentPacket[] = [];
  const nothing = () => Promise.resolve();
  const connection: Connection = {
    connected: true,
    audio: {
      source: OURS,
      sends: true,
      codec: "opus",
      payloadType: OPUS,
      stereo: false,
      hasReports: true,
      keys: new Map(),
      ...agreed,
    },
    answer: () => Promise.resolve(""),
    addCandidate: () => Promise.resolve(true),
    sendRtp: ({ payloadType = 0, timestamp = 0 }, payload) =>
      void sent.push({ type: payloadType, timestamp, payload }),
    videoSource: OURS + 1,
    video: [],
    sendRtcp() {},
    sendVideo: () => undefined,
    resend() {},
    sendFeedback() {},
    flush: nothing,
    close: nothing,
  };
  return { connection, sent };
}

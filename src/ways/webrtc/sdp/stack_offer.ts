/**
 * What the WebRTC stack sees of offers, and says in answers.
 *
 * Whatever a client offers, werift gets the same offer: a bundle of one audio section, which holds
 * the transport, and one for data channels once there are any. So nothing that a client writes
 * reaches its parser unchanged, and no renegotiation adds to what it keeps.
 *
 * @module
 */
import type { Candidate } from "./candidate.ts";
import type { OfferedData } from "./offer.ts";
import type { OfferedTransport } from "./offered_transport.ts";

/** The name of the section that holds the transport. */
export const TRANSPORT_MID = "0";
const DATA_MID = "1";

/** What the stack is offered. */
export interface StackOffer {
  readonly transport: OfferedTransport;
  /** The candidates that it does not know yet. */
  readonly candidates: readonly Candidate[];
  /** The latest data channels, whether there are any now or not. */
  readonly data: OfferedData | undefined;
}

/** Our side of the transport, as the stack answers. */
export interface StackAnswer {
  /** Its lines, such as `a=ice-ufrag:abcd`. */
  readonly transport: readonly string[];
  /** The lines of its candidates. */
  readonly candidates: readonly string[];
  /** The longest message that it takes, in bytes; 0 without data channels. */
  readonly maxMessageSize: number;
}

/** Writes an offer that the stack understands. */
export function writeStackOffer({ transport, candidates, data }: StackOffer): string {
  const { fragment, password, fingerprints, passive, lite } = transport;
  const shared = [
    "c=IN IP4 0.0.0.0",
    `a=ice-ufrag:${fragment}`,
    `a=ice-pwd:${password}`,
    ...fingerprints.map((fingerprint) => `a=fingerprint:${fingerprint}`),
    `a=setup:${passive ? "passive" : "actpass"}`,
  ];
  return [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${TRANSPORT_MID}${data ? ` ${DATA_MID}` : ""}`,
    ...(lite ? ["a=ice-lite"] : []),
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    ...shared,
    `a=mid:${TRANSPORT_MID}`,
    "a=sendrecv",
    "a=rtcp-mux",
    "a=rtpmap:111 opus/48000/2",
    ...candidates.map(({ text }) => `a=${text}`),
    ...(data
      ? [
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        ...shared,
        `a=mid:${DATA_MID}`,
        `a=sctp-port:${data.port}`,
        `a=max-message-size:${data.maxMessageSize}`,
      ]
      : []),
    "",
  ].join("\r\n");
}

/** Reads what the stack answers. */
export function readStackAnswer(sdp: string): StackAnswer {
  const lines = (sdp.split(/^(?=m=)/m)[1] ?? "").split("\r\n");
  const starting = (start: RegExp) => lines.filter((line) => start.test(line));
  return {
    transport: starting(/^a=(ice-(ufrag|pwd|options|lite)|fingerprint|setup)/),
    candidates: starting(/^a=(candidate|end-of-candidates)/),
    maxMessageSize: Number(/^a=max-message-size:(\d+)/m.exec(sdp)?.[1] ?? 0),
  };
}

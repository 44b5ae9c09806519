/**
 * How the offers and answers of one connection relate to each other.
 *
 * @module
 */
import type { IceCandidate } from "../../../core/peer.ts";
import { writeAnswer } from "./answer.ts";
import { type Candidate, MAX_CANDIDATES, readCandidate } from "./candidate.ts";
import { isOfTransport, type Offer, type OfferedData } from "./offer.ts";
import type { OfferedTransport } from "./offered_transport.ts";
import { readStackAnswer, writeStackOffer } from "./stack_offer.ts";
import { createVideoLines, type VideoLine } from "./video_lines.ts";

/** Stands between a client and the WebRTC stack. */
export interface Negotiation {
  /** The SCTP port of the latest data channels; undefined while there were none. */
  readonly dataPort: number | undefined;
  /** The SSRC of our video. */
  readonly videoSource: number;
  /** The video sections that the latest answer uses. */
  readonly video: readonly VideoLine[];
  /** What the stack is offered instead of the client's offer. */
  offer(offer: Offer, transport: OfferedTransport): string;
  /**
   * What the client is answered.
   *
   * @param stackAnswer The stack's answer; undefined if the client has stopped everything.
   * @param source The SSRC of our audio.
   */
  answer(offer: Offer, stackAnswer: string, source: number): string;
  /** What the stack is told about a trickled candidate; undefined if it cannot be used. */
  candidate(candidate: IceCandidate): string | undefined;
}

/** Begins before the first offer. */
export function createNegotiation(): Negotiation {
  const [session = 0, videoSource = 0] = crypto.getRandomValues(new Uint32Array(2));
  const videoLines = createVideoLines();
  let lines: readonly VideoLine[] = [];
  /** Counts the answers, for each must be told from the one before (RFC 3264 section 8). */
  let version = 0;
  let latest: Offer | undefined;
  let data: OfferedData | undefined;
  /** The client's user name, and the candidates that the stack knows by it. */
  let fragment: string | undefined;
  const known = new Set<string>();

  const learn = ({ address, port }: Candidate): boolean => {
    const key = `${address} ${port}`;
    if (known.has(key) || known.size === MAX_CANDIDATES) return false;
    known.add(key);
    return true;
  };

  return {
    get dataPort() {
      return data?.port;
    },
    videoSource,
    get video() {
      return lines;
    },
    offer(offer, transport) {
      data = offer.data ?? data;
      if (transport.fragment !== fragment) known.clear();
      fragment = transport.fragment;
      return writeStackOffer({ transport, candidates: transport.candidates.filter(learn), data });
    },
    answer(offer, stackAnswer, source) {
      latest = offer;
      const video = videoLines(offer);
      lines = [...video.values()];
      return writeAnswer(offer, {
        session: [session, ++version],
        source,
        videoSource,
        video,
        ...readStackAnswer(stackAnswer),
      });
    },
    candidate({ candidate, ...section }) {
      const read = readCandidate(candidate);
      if (!read || !latest || !isOfTransport(latest, section)) return;
      if (read.fragment !== undefined && read.fragment !== fragment) return;
      return learn(read) ? read.text : undefined;
    },
  };
}

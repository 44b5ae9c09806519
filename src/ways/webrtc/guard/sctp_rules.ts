/**
 * Which chunks an SCTP association may get in which state (RFC 9260 §4 to §8).
 *
 * @module
 */
import {
  CHUNK,
  isAfter,
  readData,
  readForward,
  readInitiation,
  readParameters,
  readSack,
  type SctpChunk,
} from "./sctp_packet.ts";
import { readReconfig } from "./sctp_reconfig.ts";

/** What a chunk is judged by. */
export interface AssociationState {
  /**
   * How far the association is: `cookieWait` and `cookieEchoed` when we have asked for it, `closed`
   * before that and while the client's own question is answered.
   */
  readonly phase: "closed" | "cookieWait" | "cookieEchoed" | "established" | "ending";
  /** Whether an INIT of the client was answered: only then does it know our tag. */
  readonly initiated: boolean;
  /** The last TSN that the client has acknowledged. */
  readonly acknowledgedTsn: number;
  /** The last TSN that was sent. */
  readonly sentTsn: number;
}

/** The verdict on a chunk: it is valid, it is ignored, or it spoils its whole packet. */
export type Verdict = "take" | "skip" | "refuse";

/** Parameter types of RFC 9260 §3.3.3.1 and §3.3.5. */
const STATE_COOKIE = 7;
const HEARTBEAT_INFO = 1;

/** Judges a chunk of a packet that has the right tag. */
export function judge(chunk: SctpChunk, state: AssociationState): Verdict {
  const { type, value } = chunk;
  const established = state.phase === "established";
  switch (type) {
    case CHUNK.init:
      if (!readInitiation(chunk)) return "refuse";
      // A late one would begin the association again under the feet of its channels.
      return state.phase === "closed" ? "take" : "skip";
    case CHUNK.initAck: {
      const cookie = readInitiation(chunk)?.parameters.find(({ type }) => type === STATE_COOKIE);
      if (!cookie || cookie.value.length === 0) return "refuse";
      return state.phase === "cookieWait" ? "take" : "skip";
    }
    case CHUNK.cookieEcho:
      if (value.length === 0) return "refuse";
      return state.initiated && (established || state.phase === "closed") ? "take" : "skip";
    case CHUNK.cookieAck:
      if (value.length !== 0) return "refuse";
      return state.phase === "cookieEchoed" ? "take" : "skip";
    case CHUNK.data:
      if (!readData(chunk)) return "refuse";
      // What comes with the cookie, or while that is answered, is good as well.
      return established || state.initiated ? "take" : "skip";
    case CHUNK.forwardTsn:
      if (!readForward(chunk)) return "refuse";
      return established ? "take" : "skip";
    case CHUNK.sack:
      return judgeSack(chunk, state);
    case CHUNK.heartbeat: {
      const parameters = readParameters(value);
      if (parameters?.length !== 1 || parameters[0]?.type !== HEARTBEAT_INFO) return "refuse";
      return established ? "take" : "skip";
    }
    case CHUNK.reconfig:
      if (!readReconfig(value)) return "refuse";
      return established ? "take" : "skip";
    case CHUNK.abort:
      if (!readParameters(value)) return "refuse";
      return established || state.initiated || state.phase !== "closed" ? "take" : "skip";
    case CHUNK.shutdown:
      if (value.length !== 4) return "refuse";
      return established ? "take" : "skip";
    case CHUNK.error:
      return readParameters(value) ? "skip" : "refuse";
    case CHUNK.heartbeatAck:
    case CHUNK.shutdownAck:
    case CHUNK.shutdownComplete:
      return "skip";
    default:
      // The two highest bits say what to do with a type that is not known (§3.2).
      return type & 0x80 ? "skip" : "refuse";
  }
}

/** Only what was sent can be acknowledged; blocks beyond that would be counted one by one. */
function judgeSack(chunk: SctpChunk, state: AssociationState): Verdict {
  const sack = readSack(chunk);
  if (!sack) return "refuse";
  const { cumulativeTsn, gaps } = sack;
  if (state.phase !== "established" || isAfter(state.acknowledgedTsn, cumulativeTsn)) return "skip";
  const last = cumulativeTsn + (gaps.at(-1)?.[1] ?? 0);
  return isAfter(last, state.sentTsn) ? "skip" : "take";
}

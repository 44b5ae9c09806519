/**
 * The guard in front of werift's SCTP: nothing reaches it unchecked, and of incoming chunks it only
 * gets the answers to what it has sent.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { getLogger } from "../../../core/log.ts";
import type { RTCDtlsTransport, RTCSctpTransport } from "werift";
import { createInbound, type Deliver, type Inbound, MAX_STREAMS } from "./sctp_inbound.ts";
import {
  CHUNK,
  parseSctp,
  readData,
  readForward,
  readInitiation,
  type SctpChunk,
  type SctpPacket,
  writeChunk,
  writeSctp,
} from "./sctp_packet.ts";
import {
  answerTo,
  readReconfig,
  reconfigResponse,
  resetRequest,
  writeReconfig,
} from "./sctp_reconfig.ts";
import { type AssociationState, judge } from "./sctp_rules.ts";
import { abandonAssociation, answerFrom, resumeSending } from "./sctp_succession.ts";

/** werift's names of the states are not exported; these are their numbers. */
const PHASES: readonly AssociationState["phase"][] = [
  "closed",
  "closed",
  "cookieWait",
  "cookieEchoed",
  "established",
];

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/** What happens on an association. */
export interface SctpHandlers {
  /** A message has arrived, on any stream. */
  readonly onMessage: Deliver;
  /** A packet of the client has arrived, whatever is in it. */
  readonly onPacket: () => void;
  /** Whether the client may leave this association for another one below the same channels. */
  readonly isRenewing: () => boolean;
}

/**
 * Checks every packet before werift reads it, and does what werift is not fit for.
 *
 * werift loops for ever over a chunk or a parameter of length 0, counts blocks that a SACK
 * acknowledges one by one, begins an association again at any time, and sorts all TSNs ahead of a
 * gap for each fragment. What it throws it throws in promises that nobody awaits, which would end
 * the process.
 *
 * @param find The association of the call, which a later offer may bring.
 */
export function guardSctp(
  transport: RTCDtlsTransport,
  find: () => RTCSctpTransport | undefined,
  handlers: SctpHandlers,
): void {
  let guarded: RTCSctpTransport["sctp"] | undefined;
  let receive: ((bytes: Uint8Array) => Promise<void>) | undefined;
  const receiver = (bytes: Uint8Array) => {
    const association = find();
    if (association?.dtlsTransport !== transport) return;
    if (association.sctp !== guarded) {
      guarded = association.sctp;
      receive = createReceiver(transport, association, handlers);
    }
    receive?.(bytes).catch(ignore);
  };
  // werift would set its own, and takes it away before it closes, only to call it still.
  Object.defineProperty(transport, "dataReceiver", { get: () => receiver, set: () => {} });
}

/** Makes what takes the packets of one association. */
function createReceiver(
  transport: RTCDtlsTransport,
  association: RTCSctpTransport,
  { onMessage, onPacket, isRenewing }: SctpHandlers,
): (bytes: Uint8Array) => Promise<void> {
  const { sctp } = association;
  let initialTsn: number | undefined;
  let inbound: Inbound | undefined;
  /** The TSN that the next association begins with, once the client has left this one for it. */
  let successorTsn: number | undefined;

  // What is in brackets is private only to the types.
  const state = (): AssociationState => ({
    phase: successorTsn === undefined ? PHASES[sctp.associationState] ?? "ending" : "closed",
    initiated: inbound !== undefined,
    acknowledgedTsn: sctp["lastSackedTsn"],
    sentTsn: (sctp.outboundQueue[0]?.tsn ?? sctp["localTsn"]) - 1,
  });
  const isOurs = ({ sourcePort, destinationPort, verificationTag, chunks }: SctpPacket) => {
    const tag = chunks[0]?.type === CHUNK.init ? 0 : sctp["localVerificationTag"];
    return verificationTag === tag && destinationPort === sctp.port &&
      sourcePort === sctp["remotePort"];
  };
  const send = (chunk: Uint8Array) => {
    const [destinationPort, verificationTag] = [sctp["remotePort"], sctp["remoteVerificationTag"]];
    if (destinationPort === undefined) return;
    const header = { sourcePort: sctp.port, destinationPort, verificationTag };
    transport.sendData(Buffer.from(writeSctp(header, [chunk]))).catch(ignore);
  };
  const overflow = () => {
    logger.warn("A client's messages can never be delivered; its data channels are closed");
    sctp.stop().catch(ignore);
  };
  const begin = (chunk: SctpChunk) => {
    const initiation = readInitiation(chunk);
    if (!initiation || initiation.initialTsn === initialTsn) return; // or it is a repetition
    initialTsn = initiation.initialTsn;
    inbound = createInbound(initialTsn, onMessage, overflow);
  };

  /** The client has left, and will return: what was on its way to it is lost. */
  const abandon = () => {
    inbound = undefined;
    successorTsn ??= abandonAssociation(sctp);
  };

  /** What of a RE-CONFIG chunk is left to werift, which does whatever it is asked at any time. */
  const reconfigure = (value: Uint8Array, { cumulativeTsn, reset }: Inbound): Uint8Array[] => {
    const rest: Uint8Array[] = [];
    for (const part of readReconfig(value) ?? []) {
      const result = part.kind === "response"
        ? undefined
        : answerTo(part, sctp.reconfigResponseSeq >>> 0, cumulativeTsn);
      if (part.kind !== "response" && result !== undefined) {
        send(writeReconfig(reconfigResponse(part.sequence, result)));
      } else if (part.kind === "reset") {
        const all = Object.keys(association.dataChannels).map(Number);
        const streams = part.streams.length > 0 ? part.streams : all;
        reset(streams);
        rest.push(writeReconfig(resetRequest(part.sequence, part.lastTsn, streams)));
      } else rest.push(writeReconfig(part.parameter));
    }
    return rest;
  };
  /** Passes chunks to werift; resolves when they are answered. */
  const leave = async (packet: SctpPacket, chunks: readonly SctpChunk[]): Promise<void> => {
    for (const { type, value, bytes } of chunks) {
      const isSuccessor = type === CHUNK.cookieEcho && successorTsn !== undefined;
      if (isSuccessor) successorTsn = undefined;
      const parts = type !== CHUNK.reconfig ? [bytes] : inbound ? reconfigure(value, inbound) : [];
      for (const part of parts) {
        const piece = Buffer.from(writeSctp(packet, [part]));
        if (successorTsn === undefined) await sctp["handleData"](piece);
        else await answerFrom(sctp, successorTsn, piece);
      }
      // werift subtracts 1 without regard to the turn of 32 bits.
      sctp.reconfigResponseSeq >>>= 0;
      if (isSuccessor) resumeSending(sctp);
    }
  };
  const receiveData = (chunks: readonly SctpChunk[]) => {
    if (!inbound || sctp.state === "closed") return;
    for (const chunk of chunks) {
      if (chunk.type === CHUNK.data) inbound.take(readData(chunk)!);
      else inbound.forward(readForward(chunk)!);
    }
    send(writeChunk(CHUNK.sack, 0, inbound.acknowledge()));
  };

  sctp._inboundStreamsMax = MAX_STREAMS;
  return async (bytes) => {
    const packet = sctp.state === "closed" ? undefined : parseSctp(bytes);
    if (!packet || !isOurs(packet)) return;
    const now = state();
    const [data, others]: [SctpChunk[], SctpChunk[]] = [[], []];
    for (const chunk of packet.chunks) {
      const verdict = judge(chunk, now);
      if (verdict === "refuse") return;
      if (verdict === "take") (isData(chunk) ? data : others).push(chunk);
    }
    onPacket();
    if (others.some(({ type }) => type === CHUNK.abort) && isRenewing()) return abandon();
    const [first] = others;
    if (first?.type === CHUNK.init || first?.type === CHUNK.initAck) begin(first);
    // A SACK in front of the COOKIE ACK would be too early for the client; all else can wait for
    // the data, which a request to close a channel follows.
    const early = others.some(({ type }) => type === CHUNK.cookieEcho);
    if (early) await leave(packet, others);
    if (data.length > 0) receiveData(data);
    if (!early) await leave(packet, others);
  };
}

const isData = ({ type }: SctpChunk) => type === CHUNK.data || type === CHUNK.forwardTsn;

function ignore(error: unknown): void {
  logger.debug("An SCTP packet is ignored: {error}", { error });
}

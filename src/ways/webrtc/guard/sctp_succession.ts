/**
 * One SCTP association after the other below the same data channels. Chrome aborts the association of
 * a transport that it gives up, keeps its channels, and begins another one over the next transport.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { RTCSctpTransport } from "werift";

type Association = RTCSctpTransport["sctp"];

/**
 * Forgets what is on its way in an association that the client has aborted. What is sent from now
 * on waits for the next one.
 *
 * @returns The TSN that the next association begins with.
 */
export function abandonAssociation(sctp: Association): number {
  // What is in brackets is private only to the types.
  sctp["timer3Cancel"]();
  sctp.outboundQueue = [];
  sctp["sentQueue"] = [];
  sctp["flightSize"] = 0;
  sctp["outboundStreamSeq"] = {};
  const tsn = sctp["localTsn"];
  sctp["lastSackedTsn"] = sctp["advancedPeerAckTsn"] = (tsn - 1) >>> 0;
  sctp.reconfigRequestSeq = tsn;
  return tsn;
}

/** Passes werift a packet, such as INIT, for an association that begins with this TSN. */
export function answerFrom(sctp: Association, tsn: number, packet: Buffer): Promise<void> {
  const next = sctp["localTsn"];
  sctp["localTsn"] = tsn;
  const answered = sctp["handleData"](packet); // it reads the number before it waits for anything
  sctp["localTsn"] = next;
  return answered;
}

/** Sends what has waited for the association, which is up, without waiting any longer. */
export function resumeSending(sctp: Association): void {
  sctp["timer3Cancel"]();
  sctp["timer3Expired"]();
}

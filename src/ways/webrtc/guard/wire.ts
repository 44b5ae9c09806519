/**
 * One of the sockets of a call, or a relay, as the guard sees it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Protocol, StunOverTurnProtocol, StunProtocol, TurnProtocol } from "werift";

/** A socket or a relay whose datagrams go through the guard. */
export interface Wire<P> {
  /** Unique within the call. */
  readonly id: number;
  readonly protocol: Protocol;
  /** Checks of ours that wait for an answer, by their transaction id in hex. */
  readonly transactions: StunProtocol["transactions"];
  /** The paths through it, by the client's address. */
  readonly paths: Map<string, P>;
  /** Hands werift a STUN message. */
  pass(bytes: Uint8Array, host: string, port: number): void;
  /** Passes anything else to werift. */
  deliver(bytes: Uint8Array): void;
  /**
   * The client was authenticated on an address, if the socket is not only this call's.
   *
   * @param proven Whether it has answered there, so that its address cannot be forged.
   */
  claim(host: string, port: number, proven: boolean): void;
  /** Sends to the client. */
  send(bytes: Uint8Array, host: string, port: number): void;
}

/**
 * A transport that a call shares with others: it gets what comes from the addresses that it claims.
 */
export interface Claimant {
  /** See {@link Wire.claim}. */
  claim(host: string, port: number, proven: boolean): void;
}

type Address = readonly [host: string, port: number];
type Pass = (bytes: Buffer, from: Address) => void;

/** Takes a datagram. */
export type Receive<P> = (wire: Wire<P>, bytes: Uint8Array, host: string, port: number) => void;

/** What a TURN server may have sent of a message that is not yet whole: one of the largest. */
const MAX_BUFFERED_BYTES = 4 + 65_536 + 20;

/** Puts the guard in front of what werift does with the datagrams of a socket or a relay. */
export function createWire<P>(protocol: Protocol, id: number, receive: Receive<P>): Wire<P> {
  // Only a relay has one, and the others that werift makes are sockets.
  const relay = "turn" in protocol ? protocol as StunOverTurnProtocol : undefined;
  const socket = protocol as StunProtocol;
  const pass: Pass = (relay ? relay["handleStunMessage"] : socket["datagramReceived"]).bind(
    protocol,
  );
  const wire: Wire<P> = {
    id,
    protocol,
    transactions: (relay?.turn ?? socket).transactions,
    paths: new Map(),
    pass: (bytes, host, port) => pass(asBuffer(bytes), [host, port]),
    deliver(bytes) {
      if (protocol.localCandidate) protocol.onDataReceived.execute(asBuffer(bytes));
    },
    claim(host, port, proven) {
      const { transport } = socket;
      if (!relay && isClaimant(transport)) transport.claim(host, port, proven);
    },
    send(bytes, host, port) {
      protocol.sendData(asBuffer(bytes), [host, port]).catch(() => {}); // as if it were lost
    },
  };
  const guarded: Pass = (bytes, [host, port]) => receive(wire, bytes, host, port);
  if (relay) {
    relay["handleStunMessage"] = guarded;
    guardServer(relay.turn);
  } else socket["datagramReceived"] = guarded;
  return wire;
}

function isClaimant(transport: object): transport is Claimant {
  return "claim" in transport;
}

/** Takes from the socket of a relay only what its server sends, and no more than it may. */
function guardServer(turn: TurnProtocol): void {
  const received: Pass = turn["dataReceived"].bind(turn);
  turn["dataReceived"] = (bytes: Buffer, from: Address) => {
    if (turn.transport.type === "udp") {
      const [host, port] = turn.serverEndpoint ?? [];
      if (from[0] === host && from[1] === port) received(bytes, from);
      return;
    }
    received(bytes, from);
    if (turn["tcpBuffer"].length > MAX_BUFFERED_BYTES) turn.close().catch(() => {});
  };
}

/** The same bytes; werift knows them only as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  if (bytes instanceof Buffer) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

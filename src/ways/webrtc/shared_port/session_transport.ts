/**
 * A session's part of a socket that others also use, in the form that werift expects.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { Address, Transport } from "werift";
import type { Claimant } from "../guard/wire.ts";
import type { Family } from "./sockets.ts";

/** A part of a socket: closing it ends only this part. */
export interface SessionTransport extends Transport, Claimant {}

/** What a part does. */
export interface Actions extends Claimant {
  send(bytes: Buffer, host: string, port: number): void;
}

/** Makes a part of the socket of a family on a port. */
export function createSessionTransport(
  family: Family,
  port: number,
  { send, claim }: Actions,
): SessionTransport {
  const host = family === 4 ? "0.0.0.0" : "::";
  const transport = {
    // True of TCP as well: its connections carry datagrams, and what is lost is lost.
    type: "udp",
    addressFamily: family,
    address: { address: host, family: `IPv${family}`, port },
    host,
    port,
    closed: false,
    onData: (_bytes: Buffer, _from: Address) => {},
    send(bytes: Buffer, to?: Address) {
      if (to && !transport.closed) send(bytes, to[0], to[1]);
      return Promise.resolve();
    },
    close() {
      transport.closed = true;
      transport.onData = () => {};
      return Promise.resolve();
    },
    claim,
  };
  return transport;
}

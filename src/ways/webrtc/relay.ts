/**
 * Relays of TURN servers (RFC 8656).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { isIPv6 } from "node:net";
import type * as Werift from "werift";
import { abortedAfter } from "../../core/wait.ts";
import { ATTRIBUTE, readStun } from "./guard/stun.ts";

/** Where a relay is asked for, and how to log in. */
export interface RelayServer {
  readonly address: Werift.Address;
  readonly transport: "udp" | "tcp" | "tls";
  readonly username: string;
  readonly password: string;
}

/** A relay, or the attempt to get one. */
export interface Relay {
  /** Rejects if the server refuses; stays pending if the relay is closed first. */
  readonly allocated: Promise<Werift.StunOverTurnProtocol>;
  /** Gives the relay back to its server, or gives up. */
  close(): Promise<void>;
}

/** werift's TCP and TLS. */
interface Stream extends Werift.Transport {
  /** Resolves when it is connected. */
  init(): Promise<void>;
}

const LIFETIME_S = 600;
const CONNECT_MS = 5000;
/** What is computed over the rest of a message. */
const SIGNATURES: readonly string[] = ["MESSAGE-INTEGRITY", "FINGERPRINT"];
/** How long the server may take to say that it has taken a relay back. */
const RELEASE_MS = 200;

/** Asks a server for a relay. */
export function openRelay(
  werift: typeof Werift,
  { address, transport: kind, username, password }: RelayServer,
  udpPorts: [number, number] | undefined,
): Relay {
  let transport: Werift.Transport | undefined;
  let turn: Werift.TurnProtocol | undefined;
  let closed = false;

  const connect = async (): Promise<Werift.Transport> => {
    if (kind === "udp") {
      const type = isIPv6(address[0]) ? "udp6" : "udp4";
      return await werift.UdpTransport.init(type, udpPorts ? { portRange: udpPorts } : {});
    }
    const options = { connectTimeoutMs: CONNECT_MS };
    // Private only to the types; what werift offers instead cannot be stopped.
    const stream: Stream = kind === "tcp"
      ? Reflect.construct(werift.TcpTransport, [address, options])
      : Reflect.construct(werift.TlsTransport, [address, {}, options]);
    transport = stream;
    await stream.init();
    return stream;
  };
  const allocate = async () => {
    transport = await connect();
    if (closed) {
      await transport.close();
      return await new Promise<never>(() => {});
    }
    turn = new werift.TurnProtocol(address, username, password, LIFETIME_S, transport);
    repairLogin(turn);
    await turn.connectionMade();
    return new werift.StunOverTurnProtocol(turn);
  };
  /** Without it the relay would be kept for ten minutes, and count for the user's quota. */
  const release = async (turn: Werift.TurnProtocol) => {
    const request = new werift.Message(werift.methods.REFRESH, werift.classes.REQUEST);
    request.setAttribute("LIFETIME", 0);
    await abortedAfter(RELEASE_MS, (signal) => turn.requestWithRetry(request, turn.server, signal))
      .catch(() => {}); // it ends by itself
  };

  return {
    allocated: allocate(),
    async close() {
      if (closed) return;
      closed = true;
      if (turn?.relayedAddress) await release(turn);
      for (const transaction of Object.values(turn?.transactions ?? {})) transaction.cancel();
      await (turn ?? transport)?.close();
    },
  };
}

/**
 * Lets werift hear that a login or a nonce is not good (any more), and ask again with the right one.
 *
 * No server can sign such an answer, for want of a common key (RFC 8489 §9.2.4), but werift waits
 * for a signature; and it signs the second request over the signature of the first. So a relay whose
 * server changes its nonce would be lost after ten minutes.
 */
function repairLogin(turn: Werift.TurnProtocol): void {
  const handle: (bytes: Buffer, from: Werift.Address) => void = turn["handleSTUNMessage"].bind(
    turn,
  );
  turn["handleSTUNMessage"] = (bytes: Buffer, from: Werift.Address) => {
    const message = readStun(bytes);
    if (message?.kind === "error" && message.integrityAt === undefined) {
      const [, , hundreds, rest] = message.attributes.get(ATTRIBUTE.errorCode) ?? [];
      const transaction = turn.transactions[Buffer.from(message.transactionId).toString("hex")];
      if (hundreds === 4 && (rest === 1 || rest === 38) && transaction) {
        Object.assign(transaction, { integrityKey: undefined }); // read-only only to the types
      }
    }
    handle(bytes, from);
  };
  const request = turn.request.bind(turn);
  turn.request = (message, ...rest) => {
    const unsigned = message.getAttributes().filter(([name]) => !SIGNATURES.includes(name));
    message.getAttributes().splice(0, Infinity, ...unsigned);
    return request(message, ...rest);
  };
}

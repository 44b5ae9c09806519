/**
 * The two sockets of a UDP port, for IPv4 and for IPv6.
 *
 * @module
 */
import { getLogger } from "../../../core/log.ts";
import type { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { bound, PACKET_BYTES } from "../udp.ts";

/** A version of IP. */
export type Family = 4 | 6;

/** Receives what arrives. */
export type Arrival = (bytes: Buffer, host: string, port: number, family: Family) => void;

/** The sockets of an open port. */
export interface Sockets {
  readonly port: number;
  /** Which versions of IP this machine has. */
  readonly families: readonly Family[];
  /** Sends a datagram; a lost one is not reported. */
  send(family: Family, bytes: Buffer, host: string, port: number): void;
  /** Resolves when they are closed. */
  close(): Promise<void>;
}

/**
 * How much the kernel may buffer for all calls while this process is busy, in bytes; it gives as
 * much as it is allowed to. Deno cannot set it.
 */
const BUFFER_BYTES = 4 << 20;
/**
 * How many datagrams may wait because the kernel takes no more at present. Later ones would be
 * useless, and would delay everything else.
 */
const MAX_WAITING = 4096;

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/**
 * Opens a port for IPv4 and, if available, for IPv6.
 *
 * @param port 0 for any free one.
 * @throws an error with a `code` if the port is not available.
 */
export async function openSockets(port: number, arrival: Arrival): Promise<Sockets> {
  const ipv4 = await bind(4, port).catch((error: unknown) => withoutFamily(error));
  const number = ipv4?.address().port ?? port;
  const ipv6 = await bind(6, number).catch((error: unknown) => {
    if (!ipv4) throw error;
    logger.debug("UDP port {port} is not available for IPv6: {error}", { port: number, error });
    return undefined;
  });
  const sockets = new Map<Family, Socket>();
  if (ipv4) sockets.set(4, ipv4);
  if (ipv6) sockets.set(6, ipv6);
  let waiting = 0;
  const sent = () => void waiting--;
  for (const [family, socket] of sockets) {
    socket.on("error", (error) => logger.debug("A UDP socket failed: {error}", { error }));
    socket.on("message", (bytes, { address, port }) => {
      const [host = address] = address.split("%"); // such as fe80::1%eth0
      arrival(bytes, host, port, family);
    });
  }
  return {
    port: ipv4 ? number : ipv6?.address().port ?? number,
    families: [...sockets.keys()],
    send(family, bytes, host, port) {
      const socket = sockets.get(family);
      if (!socket || waiting >= MAX_WAITING) return;
      socket.send(bytes, port, host, sent); // which throws for anything but an address
      waiting++;
    },
    async close() {
      await Promise.all(
        [...sockets.values()].map((socket) => new Promise<void>((done) => socket.close(done))),
      );
    },
  };
}

/** For a machine without IPv4; anything else wrong with a port is wrong for both. */
function withoutFamily(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL") return undefined;
  throw error;
}

async function bind(family: Family, port: number): Promise<Socket> {
  const socket = createSocket({ type: family === 4 ? "udp4" : "udp6", ipv6Only: family === 6 });
  try {
    await bound(socket, { port, exclusive: true }); // shared with no other process of a Node cluster
  } catch (error) {
    await new Promise<void>((done) => {
      try {
        socket.close(done);
      } catch {
        done(); // it was never bound
      }
    });
    throw error;
  }
  if ("Deno" in globalThis) socket.setRecvBufferSize(PACKET_BYTES); // see udp.ts
  else enlargeBuffers(socket);
  return socket;
}

function enlargeBuffers(socket: Socket): void {
  for (const set of ["setRecvBufferSize", "setSendBufferSize"] as const) {
    try {
      socket[set](BUFFER_BYTES);
    } catch (error) {
      logger.debug("A UDP socket keeps its default buffer size: {error}", { error });
    }
  }
}

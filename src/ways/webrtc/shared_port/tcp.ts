/**
 * One TCP port for the calls of clients whose network blocks UDP (RFC 6544).
 *
 * A connection is a stranger's until the guard has authenticated a check that came on it. Strangers
 * get some seconds and few places. Whoever holds the most of them makes room, so nobody keeps others
 * out by connecting more often.
 *
 * @module
 */
import { networkOf } from "../../../core/client_address.ts";
import { mostCrowding } from "../../../core/crowd.ts";
import { getLogger } from "../../../core/log.ts";
import type { Buffer } from "node:buffer";
import { createServer, type Server, type Socket } from "node:net";
import { createFrameReader, frameOf } from "./frames.ts";
import type { Family } from "./sockets.ts";

/** Who receives what arrives over TCP. */
export interface TcpSession {
  receiveTcp(family: Family, bytes: Buffer, host: string, port: number): void;
}

/** An open TCP port. */
export interface TcpPort<Session extends TcpSession> {
  readonly port: number;
  readonly families: readonly Family[];
  /** Sends on a session's connection, if there is one. */
  send(session: Session, bytes: Buffer, host: string, port: number): void;
  /** The client of a session was authenticated on a connection. */
  claim(session: Session, host: string, port: number): void;
  /** Closes a session's connections. */
  leave(session: Session): void;
  close(): Promise<void>;
}

interface Connection<Session> {
  readonly socket: Socket;
  /** The network that it comes from. */
  readonly network: string;
  /** Ends it unless it is claimed first. */
  readonly late: ReturnType<typeof setTimeout>;
  /** The session that its first datagram named; not proven until it is claimed. */
  session: Session | undefined;
}

const CLAIM_MS = 5000;
/** Connections that nobody has claimed. */
const MAX_STRANGERS = 64;
/** Connections of one session: a client opens one from each of its networks. */
const MAX_OF_SESSION = 8;
/** How much may wait to be sent: as much as UDP would lose on such a network. */
const MAX_WAITING_BYTES = 64 << 10;

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/**
 * Listens on a port.
 *
 * @param ownerOf The owner of a connection, by its first datagram; undefined for a stranger's.
 * @param claimMs How long a connection may take to show whose it is, in ms.
 * @throws an error with a `code` if the port is not available.
 */
export async function openTcp<Session extends TcpSession>(
  port: number,
  ownerOf: (bytes: Uint8Array) => Session | undefined,
  claimMs: number = CLAIM_MS,
): Promise<TcpPort<Session>> {
  const connections = new Map<string, Connection<Session>>();
  const strangers = new Set<Connection<Session>>();
  const of = (session: Session) =>
    [...connections.values()].filter((connection) => connection.session === session);

  const accept = (socket: Socket) => {
    const { remoteAddress = "", remotePort: port = 0 } = socket;
    const host = remoteAddress.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*/, "");
    const family: Family = host.includes(":") ? 6 : 4;
    const late = setTimeout(() => socket.destroy(), claimMs);
    const connection: Connection<Session> = {
      socket,
      network: networkOf(host),
      late,
      session: undefined,
    };
    const key = keyOf(host, port);
    const reader = createFrameReader((bytes) => {
      if (socket.destroyed) return;
      if (!connection.session) {
        const owner = ownerOf(bytes);
        if (!owner || of(owner).length === MAX_OF_SESSION) return void socket.destroy();
        connection.session = owner;
      }
      connection.session.receiveTcp(family, bytes, host, port);
    });
    connections.set(key, connection);
    strangers.add(connection);
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      if (!reader.take(bytes)) socket.destroy();
    });
    socket.on("error", (error) => logger.debug("A TCP connection failed: {error}", { error }));
    socket.on("close", () => {
      clearTimeout(late);
      strangers.delete(connection);
      if (connections.get(key) === connection) connections.delete(key);
    });
    if (strangers.size <= MAX_STRANGERS) return;
    const crowding = mostCrowding(strangers, ({ network }) => network)?.place;
    if (!crowding) return;
    crowding.socket.destroy();
    strangers.delete(crowding);
  };

  // One for both families: Deno has no IPv6-only server.
  const both = await listen("::", port, accept).catch((error: unknown) => withoutIpv6(error));
  const server = both ?? await listen("0.0.0.0", port, accept);
  const mine = (session: Session, host: string, port: number) => {
    const connection = connections.get(keyOf(host, port));
    return connection?.session === session ? connection : undefined;
  };
  return {
    port: numberOf(server),
    families: both ? [4, 6] : [4],
    send(session, bytes, host, port) {
      const socket = mine(session, host, port)?.socket;
      if (socket?.writable && socket.writableLength < MAX_WAITING_BYTES) {
        socket.write(frameOf(bytes));
      }
    },
    claim(session, host, port) {
      const connection = mine(session, host, port);
      if (!connection) return;
      clearTimeout(connection.late);
      strangers.delete(connection);
    },
    leave(session) {
      for (const { socket } of of(session)) socket.destroy();
    },
    async close() {
      for (const { socket } of connections.values()) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

function listen(host: string, port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer(accept);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, exclusive: true }, () => {
      server.off("error", reject);
      server.on("error", (error) => logger.debug("A TCP port failed: {error}", { error }));
      resolve(server);
    });
  });
}

/** For a machine without IPv6; anything else wrong with a port is wrong for both. */
function withoutIpv6(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EAFNOSUPPORT" || code === "EADDRNOTAVAIL") return undefined;
  throw error;
}

function numberOf(server: Server): number {
  const address = server.address();
  if (typeof address === "object" && address) return address.port;
  throw new TypeError("A server that listens has an address");
}

function keyOf(host: string, port: number): string {
  return `${host} ${port}`;
}

/**
 * One UDP port for all calls, and one TCP port for clients whose network blocks UDP.
 *
 * @module
 */
import { getLogger } from "../../../core/log.ts";
import type { Buffer } from "node:buffer";
import { RunnerError } from "../../../core/error.ts";
import { requirePermissions } from "../permissions.ts";
import { createDemultiplexer } from "./demultiplexer.ts";
import { createSessionTransport, type SessionTransport } from "./session_transport.ts";
import { type Family, openSockets, type Sockets } from "./sockets.ts";
import { openTcp, type TcpPort, type TcpSession } from "./tcp.ts";
import { createUnheard, type Unheard } from "./unheard.ts";

/** Ports for all calls; they are open while a call uses them or somebody holds them. */
export interface SharedPort extends AsyncDisposable {
  /**
   * Opens the ports, which then stay open until they are disposed and the last call has ended.
   *
   * @throws {RunnerError} `no_udp_port` or `port_in_use` if a required port is not available.
   */
  hold(): Promise<void>;
  /**
   * Lets a session use the ports.
   *
   * @throws {RunnerError} `no_udp_port` or `port_in_use` if a required port is not available.
   */
  join(): Promise<SessionPort>;
  /** Ends the holding. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** One of the ports, as a session has it. */
export interface SessionSocket {
  readonly port: number;
  /** The versions of IP that are available. */
  readonly families: readonly Family[];
  /** The session's socket, as werift expects it; each must be made once. */
  transport(family: Family): SessionTransport;
}

/**
 * The ports as one session has them.
 *
 * @internal
 */
export interface SessionPort {
  /** Absent if each call has its own. */
  readonly udp: SessionSocket | undefined;
  /** Absent if there is none. */
  readonly tcp: SessionSocket | undefined;
  /** Makes a user name fragment for the session, which identifies its client's checks. */
  name(): string;
  /** The session has ended. */
  leave(): Promise<void>;
}

/** Which ports. */
export interface WantedPorts {
  /** The first free one of these UDP ports; 0 is any free one. Absent: each call has its own. */
  readonly udp?: readonly [first: number, last: number];
  /** Gives each call its own UDP port if none of those is free; that is logged once. */
  readonly optional?: boolean;
  /** The TCP port; 0 is any free one. */
  readonly tcp?: number;
}

/** The ports while they are open. */
interface OpenPorts {
  readonly udp: Sockets | undefined;
  readonly tcp: TcpPort<Session> | undefined;
  readonly unheard: Unheard;
}

/** A session, as datagrams are sorted to it. */
interface Session extends TcpSession {
  receive(family: Family, bytes: Buffer, host: string, port: number): void;
}

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/** Makes ports that are not yet open. */
export function createSharedPort({ udp, optional = false, tcp }: WantedPorts): SharedPort {
  const demultiplexer = createDemultiplexer<Session>();
  let users = 0;
  let opening: Promise<OpenPorts> | undefined;
  let closing: Promise<void> = Promise.resolve();
  let holding: Promise<unknown> | undefined;
  let isUdpShared = udp !== undefined;

  const openUdp = async () => {
    if (!udp || !isUdpShared) return;
    try {
      return await firstFree(
        udp,
        (bytes, host, port, family) =>
          demultiplexer.ownerOf(bytes, host, port)?.receive(family, bytes, host, port),
      );
    } catch (error) {
      if (!optional || !(error instanceof RunnerError)) throw error;
      isUdpShared = false;
      const reason = error.message;
      logger.warn("Each call takes its own UDP port: {reason}", { reason });
    }
  };
  const open = async (): Promise<OpenPorts> => {
    await closing;
    await requirePermissions();
    const sockets = await openUdp();
    try {
      const listener = tcp === undefined ? undefined : await openTcp<Session>(
        tcp,
        demultiplexer.named,
      ).catch((cause: unknown) => {
        throw new RunnerError("port_in_use", `TCP port ${tcp} is not available for calls.`, {
          cause,
        });
      });
      return { udp: sockets, tcp: listener, unheard: createUnheard() };
    } catch (error) {
      await sockets?.close();
      throw error;
    }
  };
  const exit = async () => {
    if (--users > 0) return;
    const last = opening;
    opening = undefined;
    closing = (async () => {
      const ports = await last;
      await Promise.all([ports?.udp?.close(), ports?.tcp?.close()]);
    })().catch(() => {}); // they were never open
    await closing;
  };
  const enter = async (): Promise<OpenPorts> => {
    users++;
    try {
      return await (opening ??= open());
    } catch (error) {
      await exit();
      throw error;
    }
  };

  return {
    async hold() {
      holding ??= enter();
      try {
        await holding;
      } catch (error) {
        holding = undefined;
        throw error;
      }
    },
    async join() {
      const ports = await enter();
      const transports = new Map<string, SessionTransport>();
      const receiveBy = (kind: string): Session["receive"] => (family, bytes, ...from) => {
        try {
          transports.get(`${kind}${family}`)?.onData(bytes, from);
        } catch (error) {
          // Node would treat it as the whole process's error, and it is one session's.
          logger.debug("A session has failed on a datagram: {error}", { error });
        }
      };
      const session: Session = { receive: receiveBy("udp"), receiveTcp: receiveBy("tcp") };
      let left: Promise<void> | undefined;
      const kept = (name: string, transport: SessionTransport) => {
        transports.set(name, transport);
        return transport;
      };
      return {
        udp: ports.udp && {
          port: ports.udp.port,
          families: ports.udp.families,
          transport: (family) =>
            kept(
              `udp${family}`,
              createSessionTransport(family, ports.udp?.port ?? 0, {
                send(bytes, host, port) {
                  const isHeard = demultiplexer.has(session, host, port);
                  if (left || !isHeard && !ports.unheard.admits(host)) return;
                  demultiplexer.sent(session, bytes);
                  ports.udp?.send(family, bytes, host, port);
                },
                claim(host, port, proven) {
                  if (!left) demultiplexer.claim(session, host, port, proven);
                },
              }),
            ),
        },
        tcp: ports.tcp && {
          port: ports.tcp.port,
          families: ports.tcp.families,
          transport: (family) =>
            kept(
              `tcp${family}`,
              createSessionTransport(family, ports.tcp?.port ?? 0, {
                send: (bytes, host, port) => ports.tcp?.send(session, bytes, host, port),
                claim: (host, port) => ports.tcp?.claim(session, host, port),
              }),
            ),
        },
        name: () => demultiplexer.name(session),
        leave() {
          demultiplexer.leave(session);
          ports.tcp?.leave(session);
          return left ??= exit();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      const held = holding;
      holding = undefined;
      if (await held?.catch(() => undefined)) await exit();
    },
  };
}

/** Opens the first free port of a range. */
async function firstFree(
  [first, last]: readonly [number, number],
  arrival: Parameters<typeof openSockets>[1],
): Promise<Sockets> {
  for (let port = first;; port++) {
    try {
      return await openSockets(port, arrival);
    } catch (cause) {
      if (port < last) continue;
      const which = first === last ? `UDP port ${port}` : `Each UDP port from ${first} to ${last}`;
      const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
      const why = code === "EADDRINUSE"
        ? "is in use"
        : code === "EACCES"
        ? "may not be used by this user"
        : "is not available";
      throw new RunnerError("no_udp_port", `${which} ${why}.`, { cause });
    }
  }
}

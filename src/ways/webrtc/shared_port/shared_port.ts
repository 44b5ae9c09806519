/**
 * One UDP port for all calls.
 *
 * @module
 */
import { getLogger } from "../../../core/log.ts";
import type { Buffer } from "node:buffer";
import type { Address, Transport } from "werift";
import { RunnerError } from "../../../core/error.ts";
import type { Claimant } from "../guard/wire.ts";
import { requirePermissions } from "../permissions.ts";
import { createDemultiplexer } from "./demultiplexer.ts";
import { type Family, openSockets, type Sockets } from "./sockets.ts";
import { createUnheard, type Unheard } from "./unheard.ts";

/** One UDP port for all calls; it is open while a call uses it, or somebody holds it. */
export interface SharedPort extends AsyncDisposable {
  /**
   * Opens the port, which then stays open until it is disposed and the last call has ended.
   *
   * @throws {RunnerError} `no_udp_port` when it cannot be had, and has to be.
   */
  hold(): Promise<void>;
  /**
   * Lets a session use the port; undefined where each has to have its own.
   *
   * @throws {RunnerError} `no_udp_port` when it cannot be had, and has to be.
   */
  join(): Promise<SessionPort | undefined>;
  /** Ends the holding. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The port as one session has it. */
export interface SessionPort {
  /** The number of the port. */
  readonly port: number;
  readonly families: readonly Family[];
  /** Makes a user name fragment for the session, by which its client's checks are told. */
  name(): string;
  /** The session's socket, as werift has one. */
  transport(family: Family): Transport & Claimant;
  /** The session has ended. */
  leave(): Promise<void>;
}

/** Which port. */
export type WantedPort =
  /** This one; 0 for any that is free. */
  | { readonly port: number }
  /** This one if it is free; else each session has its own, which is said once. */
  | { readonly preferred: number };

/** The port while it is open. */
interface OpenPort {
  readonly sockets: Sockets;
  readonly unheard: Unheard;
}

/** A session, as datagrams are told apart for it. */
interface Session {
  receive(family: Family, bytes: Buffer, host: string, port: number): void;
}

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/** Makes a port that is yet to be opened. */
export function createSharedPort(wanted: WantedPort): SharedPort {
  const demultiplexer = createDemultiplexer<Session>();
  let users = 0;
  let opening: Promise<OpenPort> | undefined;
  let closing: Promise<void> = Promise.resolve();
  let holding: Promise<boolean> | undefined;
  let givenUp = false;

  const open = async (): Promise<OpenPort> => {
    await closing;
    await requirePermissions();
    const sockets = await openSockets(
      "port" in wanted ? wanted.port : wanted.preferred,
      (bytes, host, port, family) =>
        demultiplexer.ownerOf(bytes, host, port)?.receive(family, bytes, host, port),
    ).catch((cause: unknown) => {
      throw unavailable("port" in wanted ? wanted.port : wanted.preferred, cause);
    });
    return { sockets, unheard: createUnheard() };
  };
  const exit = async () => {
    if (--users > 0) return;
    const last = opening;
    opening = undefined;
    closing = (async () => await (await last)?.sockets.close())().catch(() => {}); // never opened
    await closing;
  };
  const enter = async (): Promise<OpenPort | undefined> => {
    if (givenUp) return;
    users++;
    try {
      return await (opening ??= open());
    } catch (error) {
      await exit();
      if (!("preferred" in wanted) || !isTaken(error)) throw error;
      if (!givenUp) {
        const reason = error.message;
        logger.warn("Each call takes a UDP port of its own: {reason}", { reason });
      }
      givenUp = true;
    }
  };

  return {
    async hold() {
      holding ??= enter().then((opened) => opened !== undefined);
      try {
        await holding;
      } catch (error) {
        holding = undefined;
        throw error;
      }
    },
    async join() {
      const opened = await enter();
      if (!opened) return;
      const { sockets, unheard } = opened;
      const transports = new Map<Family, SessionTransport>();
      const session: Session = {
        receive(family, bytes, host, port) {
          transports.get(family)?.onData(bytes, [host, port]);
        },
      };
      let left: Promise<void> | undefined;
      return {
        port: sockets.port,
        families: sockets.families,
        name: () => demultiplexer.name(session),
        transport(family) {
          const transport = createTransport(family, sockets.port, {
            send(bytes, host, port) {
              if (left) return;
              if (!demultiplexer.has(session, host, port) && !unheard.admits(host)) return;
              demultiplexer.sent(session, bytes);
              sockets.send(family, bytes, host, port);
            },
            claim(host, port, proven) {
              if (!left) demultiplexer.claim(session, host, port, proven);
            },
          });
          transports.set(family, transport);
          return transport;
        },
        leave() {
          demultiplexer.leave(session);
          return left ??= exit();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      const held = holding?.catch(() => false);
      holding = undefined;
      if (await held) await exit();
    },
  };
}

/** What a transport does. */
interface Actions extends Claimant {
  send(bytes: Buffer, host: string, port: number): void;
}

interface SessionTransport extends Transport, Claimant {
  readonly host: string;
  readonly port: number;
}

/** A session's part of a socket, as werift has it: closing it ends nothing but this. */
function createTransport(family: Family, port: number, { send, claim }: Actions): SessionTransport {
  const host = family === 4 ? "0.0.0.0" : "::";
  const transport = {
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

function unavailable(port: number, cause: unknown): RunnerError {
  if (cause instanceof RunnerError) return cause;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const detail = code === "EADDRINUSE"
    ? `UDP port ${port} is in use.`
    : code === "EACCES"
    ? `UDP port ${port} may not be used by this user.`
    : `UDP port ${port} cannot be had.`;
  return new RunnerError("no_udp_port", detail, { cause });
}

/** Whether a port cannot be had because of what is there, and not for want of a permission. */
function isTaken(error: unknown): error is RunnerError {
  return error instanceof RunnerError && error.cause !== undefined;
}

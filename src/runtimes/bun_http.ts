/**
 * A runner behind `Bun.serve`: its answers to requests, and to WebSocket requests.
 *
 * @module
 */
import { socketFrom } from "../core/socket.ts";
import { upgradeRequired } from "../core/upgrade.ts";
import type { Runner } from "../runner.ts";
import { BunWebSocket, type ServerWebSocket } from "./bun_socket.ts";

/** The largest message that a WebSocket takes, in bytes. */
const LARGEST_MESSAGE = 16 << 20;

/** As much of Bun's server as is used. */
export interface BunServer {
  /** Accepts a WebSocket; false if the request asks for none. */
  upgrade(request: Request, options: { readonly data: unknown }): boolean;
  /** Returns the client's address; null if unknown. */
  requestIP(request: Request): { readonly address: string } | null;
}

/** As much of Bun's WebSocket as is used. */
export interface BunSocket {
  /** What it was accepted with. */
  readonly data: unknown;
}

/** What Bun calls for all WebSockets of a server. */
export interface BunWebSocketHandlers {
  /** The largest message, in bytes. */
  readonly maxPayloadLength?: number;
  /** One is open. */
  open?(socket: BunSocket): void;
  /** A message has arrived. */
  message(socket: BunSocket, message: string | ArrayBuffer | Uint8Array): void;
  /** One is closed. */
  close?(socket: BunSocket, code: number, reason: string): void;
}

/** What answers for a runner. */
export interface BunHandlers {
  /** Answers a request; resolves with undefined once it is a WebSocket, as Bun wants it. */
  fetch(request: Request, server: BunServer): Promise<Response | undefined>;
  /** Handles the runner's WebSockets, and ignores others. */
  readonly websocket: Required<BunWebSocketHandlers>;
}

/** Makes what answers for a runner. */
export function bunHandlers(runner: Runner): BunHandlers {
  return {
    async fetch(request, server) {
      let accepted = false;
      const response = await runner.fetch(request, {
        upgrade() {
          const webSocket = new BunWebSocket();
          accepted = server.upgrade(request, { data: webSocket });
          if (!accepted) throw upgradeRequired();
          // What is answered now is not sent: Bun has answered.
          return { socket: socketFrom(webSocket), response: new Response(null) };
        },
        waitUntil() {
          // A Bun process lives on while its server listens.
        },
        remoteAddress: () => server.requestIP(request)?.address,
      });
      return accepted ? undefined : response;
    },
    websocket: {
      maxPayloadLength: LARGEST_MESSAGE,
      open: (socket) => ownOf(socket)?.opened(socket as ServerWebSocket), // as Bun makes them
      message: (socket, message) => ownOf(socket)?.arrived(message),
      close: (socket, code, reason) => ownOf(socket)?.ended(code, reason),
    },
  };
}

/** The runner's side of a WebSocket; undefined for one that it has not accepted. */
export function ownOf({ data }: BunSocket): BunWebSocket | undefined {
  return data instanceof BunWebSocket ? data : undefined;
}

/**
 * The port through which WebSockets reach other processes, because hosts differ in how they can.
 *
 * @module
 */
import type { Platform } from "../core/platform.ts";
import type { ClientRequest } from "./client_request.ts";
import { forwardable } from "./forwarder.ts";
import { FORWARDED_HEADER, type SignForwarded } from "./forwarding.ts";
import type { Node } from "./nodes.ts";

/** How long the other process may take to accept a WebSocket, in ms. */
export const SOCKET_OPEN_MS = 2000;

/** A client that asks for a WebSocket. */
export interface SocketRequest {
  /** As it is forwarded. */
  readonly sent: ClientRequest;
  /** As the host passed it on. */
  readonly request: Request;
  readonly platform: Platform;
}

/** Forwards WebSockets to other processes. */
export interface SocketPasser {
  /** Accepts the client's WebSocket once the other process has; undefined if that does not. */
  forward(node: Node, client: SocketRequest): Promise<Response | undefined>;
  /** Resolves when none pass through here, or after this many ms; absent if none ever do. */
  idle?(mostMs: number): Promise<void>;
  /** Closes all that pass through here. */
  close?(): void;
}

/**
 * What a client's handshake contains besides the handshake itself, which is made again, signed for
 * a node.
 */
export async function signedHandshake(
  sign: SignForwarded,
  node: Node,
  sent: ClientRequest,
): Promise<Headers> {
  const headers = forwardable(sent.headers);
  for (const name of [...headers.keys()]) {
    if (name.startsWith("sec-websocket-")) headers.delete(name);
  }
  headers.set(FORWARDED_HEADER, await sign({ ...sent, owner: node.name }));
  return headers;
}

/**
 * Forwards clients' WebSockets to the processes that have their sessions.
 *
 * @module
 */
import type { Socket } from "../core/duplex.ts";
import type { KeyedHash } from "../core/hash.ts";
import { getLogger } from "../core/log.ts";
import { subprotocolOf } from "../core/upgrade.ts";
import { socketFrom, type WebSocketLike } from "../core/socket.ts";
import { within } from "../core/wait.ts";
import { forwardingSigner } from "./forwarding.ts";
import { signedHandshake, SOCKET_OPEN_MS, type SocketPasser } from "./socket_passer.ts";

const logger = getLogger(["pipecat", "runner", "forward"]);

/** Forwards WebSockets to other processes, with all messages passing through here. */
export interface SocketForwarder extends SocketPasser {
  /** Resolves when none pass through here, or after this many ms. */
  idle(mostMs: number): Promise<void>;
  /** Closes all that pass through here. */
  close(): void;
}

/**
 * A WebSocket client that accepts headers, as those of Deno, Node and Bun do beyond the standard.
 */
type WebSocketWithHeaders = new (
  url: string,
  options: { readonly headers: Readonly<Record<string, string>>; readonly protocols?: string[] },
) => WebSocket;

/** Makes what forwards WebSockets. */
export function socketForwarder(hash: KeyedHash): SocketForwarder {
  const sign = forwardingSigner(hash);
  const open = new Map<Socket, Promise<void>>();
  return {
    async forward(node, { sent, request, platform }) {
      const headers = await signedHandshake(sign, node, sent);
      const protocol = subprotocolOf(request.headers);
      // The hosts that this runs on accept headers; the standard's type does not say so.
      const Client = WebSocket as WebSocketWithHeaders;
      const client = new Client(`${node.origin.replace(/^http/, "ws")}${sent.path}`, {
        headers: Object.fromEntries(headers),
        ...(protocol ? { protocols: [protocol] } : {}),
      });
      const far = socketFrom(client);
      if (!await isOpen(client)) {
        far.close();
        logger.debug("The process at {origin} refused a WebSocket", { origin: node.origin });
        return undefined;
      }
      const { socket: near, response } = platform.upgrade(request);
      const over = join(near, far).finally(() => open.delete(near));
      open.set(near, over);
      platform.waitUntil(over);
      return response;
    },
    async idle(mostMs) {
      await within(mostMs, Promise.all(open.values()));
    },
    close() {
      for (const socket of open.keys()) {
        socket.close({ closeCode: 1001, reason: "The runner is closing" });
      }
    },
  };
}

/** Passes messages between both ends until one of them closes. */
async function join(near: Socket, far: Socket): Promise<void> {
  near.receive((message) => far.send(message));
  far.receive((message) => near.send(message));
  void near.closed.then((info) => far.close(info));
  void far.closed.then((info) => near.close(info));
  await Promise.all([near.closed, far.closed]);
}

async function isOpen(client: WebSocketLike): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  client.addEventListener("open", () => resolve(true));
  client.addEventListener("error", () => resolve(false));
  client.addEventListener("close", () => resolve(false));
  return await within(SOCKET_OPEN_MS, promise) && await promise;
}

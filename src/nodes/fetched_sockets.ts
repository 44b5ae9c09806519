/**
 * Forwards WebSockets to other processes with `fetch`, on hosts where an answer may carry one.
 *
 * @module
 */
import type { KeyedHash } from "../core/hash.ts";
import { subprotocolOf } from "../core/upgrade.ts";
import { abortedAfter } from "../core/wait.ts";
import { forwardingSigner } from "./forwarding.ts";
import { signedHandshake, SOCKET_OPEN_MS, type SocketPasser } from "./socket_passer.ts";

/**
 * Makes the function that hands the other process's WebSocket to the client: no message passes
 * through here.
 */
export function fetchedSockets(hash: KeyedHash): SocketPasser {
  const sign = forwardingSigner(hash);
  return {
    async forward(node, { sent, request }) {
      const headers = await signedHandshake(sign, node, sent);
      headers.set("upgrade", "websocket");
      const protocol = subprotocolOf(request.headers);
      if (protocol !== undefined) headers.set("sec-websocket-protocol", protocol);
      const response = await abortedAfter(
        SOCKET_OPEN_MS,
        (signal) => fetch(`${node.origin}${sent.path}`, { headers, redirect: "manual", signal }),
      ).catch(() => undefined);
      if (response?.status === SWITCHING) return response;
      await response?.body?.cancel();
      return undefined;
    },
  };
}

const SWITCHING = 101;

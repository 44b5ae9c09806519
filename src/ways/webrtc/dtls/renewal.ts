/**
 * A DTLS session that another one may follow, over the same path and below the same data channels.
 *
 * A browser names its transport after the first section of a bundle. When that one is stopped, the
 * browser gives the transport up with the answer and shakes hands again from other ports, although
 * its data channels go on (RFC 8842 lets other clients do so too). The current session serves until
 * the next one is up, with the same certificates as proof. Only an offer permits a next session,
 * for some time: nothing that arrives over UDP does.
 *
 * @module
 */
import { createEndpoint, type Endpoint, type EndpointHooks } from "./endpoint.ts";
import type { Handshake, Link } from "./handshake.ts";
import type { Side } from "./key_schedule.ts";

/** What a renewable endpoint does. */
export interface RenewalHooks extends EndpointHooks {
  /** The next session has failed, and the one that is up goes on. */
  readonly onRefuse: (reason: string) => void;
}

/** An endpoint whose `onConnect` is called with each session that is up. */
export interface RenewableEndpoint extends Endpoint {
  /**
   * Lets the peer begin a next session, within 5 s. A peer that leaves meanwhile has as long to come
   * again before that counts as the end.
   */
  renew(): void;
  /** Whether a next session may still begin. */
  readonly renewing: boolean;
}

const RENEWAL_MS = 5000;

/**
 * Makes an endpoint of this role.
 *
 * @param renewalMs How long a peer may take to be back, in ms. Default: 5000.
 */
export function createRenewableEndpoint(
  side: Side,
  handshake: (link: Link) => Handshake,
  { transmit, onConnect, onData, onEnd, onRefuse }: RenewalHooks,
  renewalMs = RENEWAL_MS,
): RenewableEndpoint {
  let started = false;
  let connected = false;
  /** Whether the peer has left the session that was up, and is expected back. */
  let away = false;
  let next: Endpoint | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  const stopWaiting = () => {
    clearTimeout(waiting);
    next?.close();
    next = undefined;
  };
  const wait = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      stopWaiting();
      if (away) onEnd({ left: true });
    }, renewalMs);
  };
  const open = (): Endpoint => {
    const endpoint = createEndpoint(handshake, {
      transmit,
      onConnect(established) {
        if (endpoint === next) {
          next = undefined;
          clearTimeout(waiting);
          current.close();
          current = endpoint;
        }
        connected = true;
        away = false;
        onConnect(established);
      },
      onData,
      onEnd(end) {
        if (endpoint === next) {
          stopWaiting();
          if (away || end.left) onEnd(end);
          else onRefuse(end.reason);
        } else if (next && end.left) {
          away = true;
          wait();
          if (side === "client") next.start();
        } else {
          stopWaiting();
          onEnd(end);
        }
      },
    });
    return endpoint;
  };
  let current = open();

  return {
    start() {
      started = true;
      current.start();
    },
    renew() {
      if (!started) return;
      if (!connected) { // the client that was about to shake hands is gone
        current.close();
        current = open();
        return current.start();
      }
      next?.close();
      next = open();
      wait();
      // A client that says hello to a session that is up could end it: it waits for the farewell.
      if (side === "server" || away) next.start();
    },
    receive(datagram) {
      const following = next;
      current.receive(datagram);
      // What belongs to the one is neither authentic nor expected to the other.
      following?.receive(datagram);
    },
    get renewing() {
      return next !== undefined;
    },
    send: (content) => current.send(content),
    close() {
      stopWaiting();
      current.close();
    },
  };
}

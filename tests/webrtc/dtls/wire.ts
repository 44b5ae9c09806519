/**
 * Two endpoints on a wire in memory, which can be a bad one.
 */
import {
  createEndpoint,
  type Endpoint,
  type EndpointEnd,
} from "../../../src/ways/webrtc/dtls/endpoint.ts";
import type {
  Established,
  Flight,
  Handshake,
  HandshakeSettings,
  Link,
} from "../../../src/ways/webrtc/dtls/handshake.ts";
import type { Identity } from "../../../src/ways/webrtc/dtls/identity.ts";
import type { Message } from "../../../src/ways/webrtc/dtls/message.ts";
import { fingerprintOf } from "./identities.ts";

/** The SRTP profiles of the runner: AES-GCM, then the counter mode. */
export const PROFILES = [7, 1];

/** What a datagram meets on its way: how often it arrives, each time so many ms later. */
export type Network = (datagram: Uint8Array) => readonly number[];

/** One end, and what has happened to it. */
export interface End {
  readonly endpoint: Endpoint;
  /** What arrived. */
  readonly received: Uint8Array[];
  /** The datagrams that it has sent. */
  readonly sent: Uint8Array[];
  /** How it is, and how it ended. */
  readonly established: Established | undefined;
  readonly ended: EndpointEnd | undefined;
}

/** Both ends of a session. */
export interface Pair extends Disposable {
  readonly client: End;
  readonly server: End;
  /** Resolves when both are connected, or one has ended. */
  settled(): Promise<void>;
}

/** A handshake of either role. */
export type HandshakeOf = (link: Link) => Handshake;

/** What a side announces and expects. */
export function settingsOf(
  identity: Identity,
  peer: Identity,
  srtpProfiles: readonly number[] = PROFILES,
): HandshakeSettings {
  return { identity, fingerprints: () => [fingerprintOf(peer)], srtpProfiles };
}

/** Connects two handshakes. */
export function pair(
  client: HandshakeOf,
  server: HandshakeOf,
  network: Network = () => [0],
): Pair {
  const settled = Promise.withResolvers<void>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let gone = false;
  const check = () => {
    const all = ends.every(({ established }) => established);
    if (all || ends.some(({ ended }) => ended)) settled.resolve();
  };
  const end = (handshake: HandshakeOf, other: () => End): End => {
    const state: {
      -readonly [Key in "established" | "ended"]: End[Key];
    } = { established: undefined, ended: undefined };
    const received: Uint8Array[] = [];
    const sent: Uint8Array[] = [];
    const endpoint = createEndpoint(handshake, {
      transmit(datagram) {
        sent.push(datagram);
        // As a socket would: never while the sender is still at it.
        queueMicrotask(() => {
          if (gone) return;
          for (const delayMs of network(datagram)) {
            const timer = setTimeout(() => {
              timers.delete(timer);
              other().endpoint.receive(datagram);
            }, delayMs);
            timers.add(timer);
          }
        });
      },
      onConnect(established) {
        state.established = established;
        check();
      },
      onData: (content) => void received.push(content),
      onEnd(ended) {
        state.ended = ended;
        check();
      },
    });
    return {
      endpoint,
      received,
      sent,
      get established() {
        return state.established;
      },
      get ended() {
        return state.ended;
      },
    };
  };
  const ends: End[] = [];
  const left = end(client, () => right);
  const right: End = end(server, () => left);
  ends.push(left, right);
  right.endpoint.start();
  left.endpoint.start();
  return {
    client: left,
    server: right,
    settled: () => settled.promise,
    [Symbol.dispose]() {
      for (const { endpoint } of ends) endpoint.close();
      for (const timer of timers) clearTimeout(timer);
      gone = true;
    },
  };
}

/** A handshake whose messages of one type are changed before they are sent. */
export function changing(
  handshake: HandshakeOf,
  type: number,
  change: (body: Uint8Array) => Uint8Array,
): HandshakeOf {
  const changed = (part: Message | "change") =>
    part !== "change" && part.type === type ? { ...part, body: change(part.body) } : part;
  return (link) => handshake({ ...link, send: (flight: Flight) => link.send(flight.map(changed)) });
}

/** Bytes with one bit of the last one turned. */
export function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}

/** Waits until what is on its way has arrived. */
export function arrived(ms = 20): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

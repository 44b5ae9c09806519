/**
 * werift's ICE and DTLS transports, with their faults worked around.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { RTCDtlsTransport } from "werift";
import { type RenewableTransport, replaceDtls } from "./dtls_transport.ts";

/** A flight of the handshake has fewer. */
const MAX_EARLY_PACKETS = 8;

/**
 * Repairs a transport, after the offer that made it was applied and before it is answered.
 *
 * @param passive Whether the client insists on being the DTLS server.
 */
export function repairTransport(
  transport: RTCDtlsTransport,
  passive: boolean,
): RenewableTransport {
  // As DTLS server we choose the SRTP profile, and AES-GCM leaks no memory: see srtp.ts.
  transport.role = passive ? "client" : "server";
  const renewable = replaceDtls(transport);
  startOnce(transport);
  keepEarlyPackets(transport);
  return renewable;
}

/**
 * Starts ICE once for each generation of credentials, and DTLS once. werift starts both again for
 * every offer, and a second start while the first one goes on never ends or fails.
 */
function startOnce(transport: RTCDtlsTransport): void {
  const { iceTransport } = transport;
  const startIce = iceTransport.start.bind(iceTransport);
  const startDtls = transport.start.bind(transport);
  let generation: number | undefined;
  let ice: Promise<void> | undefined;
  let dtls: Promise<void> | undefined;
  iceTransport.start = () => {
    if (!ice || generation !== iceTransport.connection.generation) {
      generation = iceTransport.connection.generation;
      ice = startIce();
    }
    return ice;
  };
  transport.start = () => dtls ??= startDtls();
}

/**
 * Keeps what the handshake sends before the client has chosen a pair of candidates. werift drops
 * it, and the client would repeat its question 50 ms later.
 */
function keepEarlyPackets({ iceTransport: { connection } }: RTCDtlsTransport): void {
  const send = connection.send;
  let kept: Buffer[] = [];
  let { nominated } = connection;
  const flush = () => {
    for (const packet of kept.splice(0)) send(packet).catch(() => {}); // repeated by the handshake
  };
  connection.send = (packet) => {
    // After an ICE restart, the earlier choice still serves: see guardIce.
    if (nominated || connection.generation > 0) return send(packet);
    kept = [...kept, packet].slice(-MAX_EARLY_PACKETS);
    return Promise.resolve();
  };
  Object.defineProperty(connection, "nominated", {
    get: () => nominated,
    set(pair) {
      nominated = pair;
      // Later, since werift allows to send only after the line that sets this.
      if (pair) queueMicrotask(flush);
    },
  });
}

/**
 * A first call that nobody hears.
 *
 * @module
 */
import type * as Werift from "werift";
import { createConnection } from "./connection.ts";
import { readOffer } from "./sdp.ts";

/** Long enough for any machine; a call to oneself takes 200 ms. */
const MOST_MS = 5000;

/**
 * Connects werift to itself once, for the first call of a process is slow: its code is not compiled
 * yet, and the tables of the elliptic curve are not computed. Resolves when all is closed again.
 */
export async function warmUp(werift: typeof Werift): Promise<void> {
  const client = new werift.RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: [] });
  client.addTransceiver("audio");
  const channel = client.createDataChannel("chat");
  for (const { iceTransport } of client.dtlsTransports) delete iceTransport.connection.stunServer;
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, MOST_MS);
  channel.stateChanged.subscribe(() => resolve());
  const nothing = () => {};
  const handlers = {
    onConnect: nothing,
    onEnd: () => resolve(),
    onChannel: nothing,
    onRtp: nothing,
    onRtcp: nothing,
  };
  const connection = createConnection(werift, { iceServers: [] }, handlers);
  try {
    await client.setLocalDescription(await client.createOffer());
    const sdp = await connection.answer(readOffer(client.localDescription?.sdp ?? ""));
    await client.setRemoteDescription({ type: "answer", sdp });
    await done;
  } finally {
    clearTimeout(timer);
    await client.close();
    await connection.close();
  }
}

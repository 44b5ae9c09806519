/**
 * Goes through the beginning of a call, so that the first real one runs code that has run before.
 *
 * @module
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type * as Werift from "werift";
import { delay } from "../../core/wait.ts";
import { clientHandshake } from "./dtls/client.ts";
import { createEndpoint, type Endpoint } from "./dtls/endpoint.ts";
import type { HandshakeSettings } from "./dtls/handshake.ts";
import { serverHandshake } from "./dtls/server.ts";

/** An offer of nobody, in the shape of a browser's. */
const OFFER = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0 1",
  "a=ice-ufrag:none",
  "a=ice-pwd:nobodynobodynobodynobody",
  `a=fingerprint:sha-256 ${Array(32).fill("00").join(":")}`,
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 126",
  "a=mid:0",
  "a=rtcp-mux",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:63 red/48000/2",
  "a=fmtp:63 111/111",
  "a=rtpmap:126 telephone-event/8000",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "a=mid:1",
  "a=sctp-port:5000",
  "",
].join("\r\n");

/**
 * Rehearses. A real call that comes meanwhile is served between the steps, and spares itself those
 * that were taken.
 *
 * @param answer Answers an offer of a client that never comes, and forgets about it.
 */
export async function rehearse(
  werift: typeof Werift,
  answer: (offer: string) => Promise<void>,
): Promise<void> {
  await answer(OFFER);
  await delay(0);
  await shakeHands(await werift.RTCDtlsTransport.SetupCertificate());
}

/** A handshake with oneself, in which no packet leaves the process. */
async function shakeHands(own: Werift.RTCCertificate): Promise<void> {
  const settings: HandshakeSettings = {
    identity: {
      certificate: new X509Certificate(own.certPem).raw,
      privateKey: createPrivateKey(own.privateKey),
    },
    fingerprints: () => own.getFingerprints(),
    srtpProfiles: [7], // AES-GCM, as browsers have it
  };
  const done = Promise.withResolvers<void>();
  const towards = (other: () => Endpoint) => ({
    transmit: (datagram: Uint8Array) => void delay(0).then(() => other().receive(datagram)),
    onConnect: () => done.resolve(),
    onData: () => {},
    onEnd: () => done.resolve(),
  });
  const client: Endpoint = createEndpoint(
    (link) => clientHandshake(link, settings),
    towards(() => server),
  );
  const server = createEndpoint((link) => serverHandshake(link, settings), towards(() => client));
  server.start();
  client.start();
  await done.promise;
  await delay(0);
  client.close();
  server.close();
}

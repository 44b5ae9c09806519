/**
 * werift's DTLS transport, on a DTLS of our own.
 *
 * werift's checks neither whom it speaks to nor the end of the handshake, in both roles; it starts
 * again for a stranger's packet, and ignores messages that come early. That cannot be corrected
 * from outside, so `dtls/` replaces it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { getLogger } from "../../core/log.ts";
import type { RTCDtlsTransport } from "werift";
import { createReader } from "./dtls/bytes.ts";
import { clientHandshake } from "./dtls/client.ts";
import type { Established, HandshakeSettings } from "./dtls/handshake.ts";
import type { Identity } from "./dtls/identity.ts";
import { createRenewableEndpoint } from "./dtls/renewal.ts";
import { serverHandshake } from "./dtls/server.ts";

/** The first bytes of packets of DTLS (RFC 7983). */
const DTLS_FIRST = { least: 20, most: 63 };
const SRTP_LABEL = "EXTRACTOR-dtls_srtp";

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/** A transport whose session another one may follow. */
export interface RenewableTransport {
  /** The client may shake hands again, within some seconds. */
  renew(): void;
  /** Whether it still may, or is doing so. */
  readonly renewing: boolean;
}

/** Replaces the DTLS of a transport, whose role is known, before it is started. */
export function replaceDtls(transport: RTCDtlsTransport): RenewableTransport {
  const { connection } = transport.iceTransport;
  const side = transport.role === "client" ? "client" : "server";
  const handshake = side === "client" ? clientHandshake : serverHandshake;
  const settled = Promise.withResolvers<void>();
  const settings = (): HandshakeSettings => ({
    identity: identityOf(transport),
    fingerprints: () => transport["remoteParameters"]?.fingerprints ?? [],
    srtpProfiles: transport["srtpProfiles"],
  });
  const fail = (reason: string) => {
    logger.warn("The DTLS handshake or session of a client failed: {reason}", { reason });
    transport["setState"]("failed");
    settled.reject(new Error(reason));
  };
  const endpoint = createRenewableEndpoint(side, (link) => handshake(link, settings()), {
    transmit: (datagram) => void connection.send(toBuffer(datagram)).catch(() => {}), // repeated
    onConnect(established) {
      if (established.srtpProfile !== undefined) startSrtp(transport, established);
      else if (transport.srtpStarted) {
        endpoint.close();
        return fail("a session without SRTP after one with it");
      }
      transport["setState"]("connected");
      settled.resolve();
    },
    onData: (content) => transport.dataReceiver(toBuffer(content)),
    onEnd(end) {
      if (end.left) transport["setState"]("closed");
      else fail(end.reason);
    },
    onRefuse(reason) {
      logger.warn("The new DTLS handshake of a client failed: {reason}", { reason });
    },
  });

  transport.start = () => {
    transport["setState"]("connecting");
    connection.onData.subscribe((packet) => {
      const first = packet[0] ?? 0;
      if (first >= DTLS_FIRST.least && first <= DTLS_FIRST.most) endpoint.receive(packet);
    });
    endpoint.start();
    return settled.promise;
  };
  const stop = transport.stop.bind(transport);
  transport.stop = () => {
    endpoint.close();
    return stop();
  };
  // Read-only only to the types.
  Object.assign(transport, {
    sendData(packet: Buffer) {
      endpoint.send(packet);
      return Promise.resolve();
    },
  });
  return endpoint;
}

/** Starts werift's SRTP with the keys of the handshake, replacing any before. */
function startSrtp(
  transport: RTCDtlsTransport,
  { side, srtpProfile, exportKeys }: Established,
): void {
  const extractSessionKeys = (keyLength: number, saltLength: number) => {
    const reader = createReader(exportKeys(SRTP_LABEL, 2 * (keyLength + saltLength)));
    const take = (length: number) => toBuffer(reader.bytes(length));
    const key = { client: take(keyLength), server: take(keyLength) };
    const salt = { client: take(saltLength), server: take(saltLength) };
    const other = side === "client" ? "server" : "client";
    return {
      localKey: key[side],
      localSalt: salt[side],
      remoteKey: key[other],
      remoteSalt: salt[other],
    };
  };
  // What werift asks its own DTLS for.
  Object.assign(transport, { dtls: { srtp: { srtpProfile }, extractSessionKeys } });
  transport.startSrtp();
}

function identityOf({ localCertificate }: RTCDtlsTransport): Identity {
  if (!localCertificate) throw new Error("werift makes its certificate before it answers");
  return {
    certificate: new X509Certificate(localCertificate.certPem).raw,
    privateKey: createPrivateKey(localCertificate.privateKey),
  };
}

/** A view, no copy. */
function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

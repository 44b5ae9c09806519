/**
 * Certificates for tests, and the fingerprints that announce them.
 */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { CipherContext } from "werift";
import type { Fingerprint, Identity } from "../../../src/ways/webrtc/dtls/identity.ts";

/** Makes an identity; those of RSA have 2048 bits. */
export async function createIdentity(kind: "ecdsa" | "rsa" = "ecdsa"): Promise<Identity> {
  // Numbers of TLS: SHA-256, ECDSA or RSA, P-256.
  const { certPem, keyPem } = await CipherContext.createSelfSignedCertificateWithKey({
    hash: 4,
    signature: kind === "ecdsa" ? 3 : 1,
  }, 23);
  return {
    certificate: new X509Certificate(certPem).raw,
    privateKey: createPrivateKey(keyPem),
  };
}

/** The fingerprint of an identity. */
export function fingerprintOf({ certificate }: Identity, algorithm = "sha-256"): Fingerprint {
  const digest = createHash(algorithm.replace("-", "")).update(certificate).digest("hex");
  return { algorithm, value: digest.toUpperCase().replace(/..(?=.)/g, "$&:") };
}

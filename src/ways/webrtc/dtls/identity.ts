/**
 * Who speaks: certificates, their fingerprints, and signatures with their keys.
 *
 * @module
 */
import { createHash, type KeyObject, sign, verify, X509Certificate } from "node:crypto";
import type { Signed } from "./credentials.ts";
import { HandshakeFailure } from "./failure.ts";

/** What this side shows and signs with: a certificate for ECDSA on P-256. */
export interface Identity {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly privateKey: KeyObject;
}

/** A fingerprint as SDP has it (RFC 8122). */
export interface Fingerprint {
  readonly algorithm: string;
  /** Bytes in hexadecimal, with colons between them. */
  readonly value: string;
}

/** The signatures that are known, all of them with SHA-256. */
export const SCHEMES = { ecdsaSha256: 0x0403, rsaPkcs1Sha256: 0x0401 } as const;
/** The same, as a list to offer. */
export const SCHEME_LIST: readonly number[] = Object.values(SCHEMES);

/** The hash functions of fingerprints, best first. MD5 and MD2 may not be used (RFC 8122). */
const HASHES = ["sha-512", "sha-384", "sha-256", "sha-224", "sha-1"];
/** Larger keys cost the CPU of all calls, and smaller ones prove nothing. */
const RSA_BITS = { least: 2048, most: 4096 };
const MOST_EXPONENT = 2n ** 32n;
const CURVES = ["prime256v1", "secp384r1"];

/**
 * Whether a certificate is the one that the fingerprints of an offer promise: one of those with
 * the best hash function that is known here (RFC 8122 section 5).
 */
export function hasFingerprint(
  certificate: Uint8Array,
  fingerprints: readonly Fingerprint[],
): boolean {
  const named = fingerprints.map(({ algorithm, value }) => ({
    algorithm: algorithm.trim().toLowerCase().replace(/^sha-?(?=\d)/, "sha-"),
    value: value.replace(/[:\s]/g, "").toLowerCase(),
  }));
  const best = HASHES.find((hash) => named.some(({ algorithm }) => algorithm === hash));
  if (best === undefined) return false;
  const actual = createHash(best.replace("-", "")).update(certificate).digest("hex");
  return named.some(({ algorithm, value }) => algorithm === best && value === actual);
}

/**
 * Checks that a signature was made with the key of a certificate.
 *
 * @throws {HandshakeFailure} If it was not, or the key or the kind of signature was not offered.
 */
export function checkSignature(
  { scheme, signature }: Signed,
  content: Uint8Array,
  certificate: Uint8Array,
): void {
  const key = publicKey(certificate);
  const expected = key.asymmetricKeyType === "ec" ? SCHEMES.ecdsaSha256 : SCHEMES.rsaPkcs1Sha256;
  if (scheme !== expected) {
    throw new HandshakeFailure("illegal_parameter", "a signature of a kind that was not offered");
  }
  if (!isSigned(content, key, signature)) {
    throw new HandshakeFailure("decrypt_error", "a signature that is not the certificate's");
  }
}

/** Signs with ECDSA and SHA-256. */
export function createSignature(content: Uint8Array, { privateKey }: Identity): Signed {
  return { scheme: SCHEMES.ecdsaSha256, signature: sign("sha256", content, privateKey) };
}

function isSigned(content: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify("sha256", content, key, signature);
  } catch {
    return false; // some runtimes throw for anything but a signature
  }
}

function publicKey(certificate: Uint8Array): KeyObject {
  let key: KeyObject;
  try {
    key = new X509Certificate(certificate).publicKey;
  } catch {
    throw new HandshakeFailure("bad_certificate", "a malformed certificate");
  }
  const { modulusLength = 0, publicExponent = 0n, namedCurve = "" } = key.asymmetricKeyDetails ??
    {};
  const known = key.asymmetricKeyType === "rsa"
    ? modulusLength >= RSA_BITS.least && modulusLength <= RSA_BITS.most &&
      publicExponent < MOST_EXPONENT
    : key.asymmetricKeyType === "ec" && CURVES.includes(namedCurve);
  if (!known) throw new HandshakeFailure("unsupported_certificate", "a key of an unknown kind");
  return key;
}

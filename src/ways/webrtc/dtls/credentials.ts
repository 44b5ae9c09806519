/**
 * The messages that carry keys and prove who holds them: Certificate, CertificateRequest,
 * ServerKeyExchange, ClientKeyExchange and CertificateVerify.
 *
 * @module
 */
import { concat } from "../../../core/bytes.ts";
import { createReader, uint, vector } from "./bytes.ts";
import { HandshakeFailure } from "./failure.ts";
import { readNumbers, writeNumbers } from "./hello.ts";

/** A signature, with how it was made. */
export interface Signed {
  /** A SignatureScheme of RFC 8446 section 4.2.3, which is hash and signature of RFC 5246. */
  readonly scheme: number;
  readonly signature: Uint8Array;
}

/** The server's share of the keys. */
export interface ServerKeyExchange extends Signed {
  readonly group: number;
  readonly publicKey: Uint8Array;
  /** What is signed, behind the random values of both sides. */
  readonly parameters: Uint8Array;
}

const NAMED_CURVE = 3;
const RSA_SIGN = 1;
const ECDSA_SIGN = 64;

/**
 * Reads the first certificate of a list, as DER: the one that its sender holds the key of.
 *
 * @throws {HandshakeFailure} If it is malformed or missing.
 */
export function readCertificate(body: Uint8Array): Uint8Array {
  const reader = createReader(body);
  const list = createReader(reader.vector(3));
  reader.end();
  if (list.left === 0) throw new HandshakeFailure("handshake_failure", "no certificate");
  const first = list.vector(3);
  while (list.left > 0) list.vector(3);
  return first;
}

/** Writes a list of one certificate. */
export function writeCertificate(certificate: Uint8Array): Uint8Array {
  return vector(3, vector(3, certificate));
}

/**
 * Reads the signature schemes of a CertificateRequest.
 *
 * @throws {HandshakeFailure} If it is malformed.
 */
export function readCertificateRequest(body: Uint8Array): readonly number[] {
  const reader = createReader(body);
  reader.vector(1);
  const schemes = readNumbers(vector(2, reader.vector(2)));
  reader.vector(2);
  reader.end();
  return schemes;
}

/** Writes a CertificateRequest that names no authorities. */
export function writeCertificateRequest(schemes: readonly number[]): Uint8Array {
  const types = vector(1, uint(1, ECDSA_SIGN), uint(1, RSA_SIGN));
  return concat(types, writeNumbers(schemes), vector(2));
}

/**
 * Reads a ServerKeyExchange.
 *
 * @throws {HandshakeFailure} If it is malformed or names no curve.
 */
export function readServerKeyExchange(body: Uint8Array): ServerKeyExchange {
  const reader = createReader(body);
  if (reader.uint(1) !== NAMED_CURVE) {
    throw new HandshakeFailure("illegal_parameter", "a curve without a name");
  }
  const group = reader.uint(2);
  const publicKey = reader.vector(1);
  const parameters = body.subarray(0, body.length - reader.left);
  const signed = { scheme: reader.uint(2), signature: reader.vector(2) };
  reader.end();
  return { group, publicKey, parameters, ...signed };
}

/** Writes the part of a ServerKeyExchange that is signed. */
export function writeKeyParameters(group: number, publicKey: Uint8Array): Uint8Array {
  return concat(uint(1, NAMED_CURVE), uint(2, group), vector(1, publicKey));
}

/**
 * Reads the public key of a ClientKeyExchange.
 *
 * @throws {HandshakeFailure} If it is malformed.
 */
export function readClientKeyExchange(body: Uint8Array): Uint8Array {
  const reader = createReader(body);
  const publicKey = reader.vector(1);
  reader.end();
  return publicKey;
}

/** Writes a ClientKeyExchange. */
export function writeClientKeyExchange(publicKey: Uint8Array): Uint8Array {
  return vector(1, publicKey);
}

/**
 * Reads a signature, which is all that a CertificateVerify has.
 *
 * @throws {HandshakeFailure} If it is malformed.
 */
export function readSigned(body: Uint8Array): Signed {
  const reader = createReader(body);
  const signed = { scheme: reader.uint(2), signature: reader.vector(2) };
  reader.end();
  return signed;
}

/** Writes a signature: all of a CertificateVerify, the end of a ServerKeyExchange. */
export function writeSigned({ scheme, signature }: Signed): Uint8Array {
  return concat(uint(2, scheme), vector(2, signature));
}

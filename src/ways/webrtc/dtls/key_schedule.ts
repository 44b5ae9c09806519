/**
 * All secrets of a session, from the premaster secret on (RFC 5246 sections 5, 6.3 and 8.1).
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";
import { concat } from "../../../core/bytes.ts";

/** What protects the records of one direction. */
export interface WriteKeys {
  readonly key: Uint8Array;
  /** The part of the nonce that is not sent. */
  readonly salt: Uint8Array;
}

/** The random values of both sides. */
export interface Randoms {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** One side of a session. */
export type Side = keyof Randoms;

const MASTER_BYTES = 48;
const KEY_BYTES = 16;
const SALT_BYTES = 4;
const VERIFY_BYTES = 12;

/** The master secret that binds the whole handshake so far (RFC 7627 section 4). */
export function extendedMasterSecret(premaster: Uint8Array, transcript: Uint8Array): Uint8Array {
  return expand(premaster, "extended master secret", sha256(transcript), MASTER_BYTES);
}

/** The master secret for a peer that does not know the extended one. */
export function masterSecret(premaster: Uint8Array, randoms: Randoms): Uint8Array {
  return expand(premaster, "master secret", concat(randoms.client, randoms.server), MASTER_BYTES);
}

/** The keys of both directions for AES-128-GCM. */
export function writeKeys(master: Uint8Array, randoms: Randoms): Record<Side, WriteKeys> {
  const seed = concat(randoms.server, randoms.client);
  const block = expand(master, "key expansion", seed, 2 * (KEY_BYTES + SALT_BYTES));
  const salts = 2 * KEY_BYTES;
  return {
    client: {
      key: block.subarray(0, KEY_BYTES),
      salt: block.subarray(salts, salts + SALT_BYTES),
    },
    server: {
      key: block.subarray(KEY_BYTES, salts),
      salt: block.subarray(salts + SALT_BYTES),
    },
  };
}

/** The content of the `Finished` of a side. */
export function verifyData(master: Uint8Array, side: Side, transcript: Uint8Array): Uint8Array {
  return expand(master, `${side} finished`, sha256(transcript), VERIFY_BYTES);
}

/** Keys for another protocol (RFC 5705), which for SRTP has no context. */
export function exportKeys(
  master: Uint8Array,
  randoms: Randoms,
  label: string,
  length: number,
): Uint8Array {
  return expand(master, label, concat(randoms.client, randoms.server), length);
}

/** The pseudo-random function of TLS 1.2 with SHA-256. */
export function expand(
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const labelled = concat(new TextEncoder().encode(label), seed);
  const parts: Uint8Array[] = [];
  for (let made = 0, chain: Uint8Array = labelled; made < length;) {
    chain = hmac(secret, chain);
    const part = hmac(secret, concat(chain, labelled));
    parts.push(part);
    made += part.length;
  }
  return concat(...parts).subarray(0, length);
}

function hmac(key: Uint8Array, content: Uint8Array): Uint8Array {
  return createHmac("sha256", key).update(content).digest();
}

function sha256(content: Uint8Array): Uint8Array {
  return createHash("sha256").update(content).digest();
}

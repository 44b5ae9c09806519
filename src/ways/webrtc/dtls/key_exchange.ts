/**
 * Ephemeral Diffie-Hellman keys on X25519 and P-256 (RFC 8422).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createECDH, createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import { concat } from "../../../core/bytes.ts";
import { HandshakeFailure } from "./failure.ts";

/** The groups that are known, the preferred one first. */
export const GROUPS = { x25519: 29, secp256r1: 23 } as const;

/** One side's key for one handshake. */
export interface KeyShare {
  readonly publicKey: Uint8Array;
  /**
   * The secret that only both sides know.
   *
   * @throws {HandshakeFailure} If the other's key is not a point of the curve, or one of low order.
   */
  agree(publicKey: Uint8Array): Uint8Array;
}

/** What stands before the 32 bytes of a public key in SPKI. */
const X25519_SPKI = Uint8Array.of(0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 3, 0x21, 0);
const X25519_BYTES = 32;
/** An uncompressed point, which is the only form that RFC 8422 has left. */
const P256_BYTES = 65;

/** Makes a key on one of the {@link GROUPS}. */
export function createKeyShare(group: number): KeyShare {
  return group === GROUPS.x25519 ? createX25519() : createP256();
}

function createX25519(): KeyShare {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const spki = publicKey.export({ format: "der", type: "spki" });
  return {
    publicKey: spki.subarray(X25519_SPKI.length),
    agree: (other) =>
      agreed(other, X25519_BYTES, () => {
        const key = Buffer.from(concat(X25519_SPKI, other)); // the types know no other
        return diffieHellman({
          privateKey,
          publicKey: createPublicKey({ key, format: "der", type: "spki" }),
        });
      }),
  };
}

function createP256(): KeyShare {
  const curve = createECDH("prime256v1");
  return {
    publicKey: curve.generateKeys(),
    agree: (other) => agreed(other, P256_BYTES, () => curve.computeSecret(other)),
  };
}

function agreed(other: Uint8Array, bytes: number, compute: () => Uint8Array): Uint8Array {
  try {
    if (other.length === bytes) {
      const secret = compute();
      // A point of low order turns every key into zeros (RFC 8422 section 5.11).
      if (secret.some((byte) => byte !== 0)) return secret;
    }
  } catch {
    // Reported below: a runtime may throw anything.
  }
  throw new HandshakeFailure("illegal_parameter", "a public key that is no point of its curve");
}

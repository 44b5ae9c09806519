/**
 * X25519 by the host, in place of the JavaScript that werift has for it.
 *
 * Every handshake computes on the curve twice. In JavaScript each takes 2 ms during which all other
 * calls wait, and the first ones, before they are compiled, leave megabytes of garbage behind.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";
import nacl from "tweetnacl";

/** What stands before the 32 bytes of a key in PKCS #8 and in SPKI. */
const PRIVATE_KEY = "302e020100300506032b656e04220420";
const PUBLIC_KEY = "302a300506032b656e032100";
/** The point that all public keys are multiples of. */
const BASE = Uint8Array.of(9, ...new Uint8Array(31));

const inJavaScript = nacl.scalarMult;

/** Replaces what werift takes from `tweetnacl`, for all of its connections. */
export function useNativeCurve(): void {
  nacl.scalarMult = Object.assign(multiply, inJavaScript);
  nacl.box.keyPair = Object.assign(() => {
    const secretKey = nacl.randomBytes(nacl.box.secretKeyLength);
    return { publicKey: multiply(secretKey, BASE), secretKey };
  }, nacl.box.keyPair);
}

/** Multiplies a point of the curve, exactly as `tweetnacl` does. */
export function multiply(factor: Uint8Array, point: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(diffieHellman({
      privateKey: createPrivateKey({ key: der(PRIVATE_KEY, factor), format: "der", type: "pkcs8" }),
      publicKey: createPublicKey({ key: der(PUBLIC_KEY, point), format: "der", type: "spki" }),
    }));
  } catch {
    return inJavaScript(factor, point); // a point of low order, which only an attacker sends
  }
}

function der(head: string, key: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(head, "hex"), key]);
}

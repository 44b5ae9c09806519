/**
 * SHA-256, HMAC, and comparisons that reveal nothing about their inputs.
 *
 * @module
 */
import { toHex, utf8 } from "./bytes.ts";

/** What is hashed: bytes, or the UTF-8 of a text. */
export type Content = string | Uint8Array<ArrayBuffer>;

/** HMAC (RFC 2104) with one secret. */
export interface Hmac {
  /** Makes the signature of a message. */
  sign(message: Content): Promise<Uint8Array>;
  /** Tells whether a signature is that of the message, in constant time. */
  verify(message: Content, signature: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

/** Makes the HMAC of a secret. */
export function hmac(secret: Content, hash: "SHA-1" | "SHA-256" = "SHA-256"): Hmac {
  const algorithm = { name: "HMAC", hash };
  // The key is kept and not its promise: on Workers a promise belongs to the request that made it.
  let made: CryptoKey | undefined;
  const key = async () =>
    made ??= await crypto.subtle.importKey("raw", bytesOf(secret), algorithm, false, [
      "sign",
      "verify",
    ]);
  return {
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign("HMAC", await key(), bytesOf(message))),
    verify: async (message, signature) =>
      await crypto.subtle.verify("HMAC", await key(), signature, bytesOf(message)),
  };
}

/** Makes the HMAC-SHA-256 of a text, in hex. */
export type KeyedHash = (text: string) => Promise<string>;

/** Makes a keyed hash of a secret. */
export function keyedHash(secret: string): KeyedHash {
  const { sign } = hmac(secret);
  return async (text) => toHex(await sign(text));
}

/** Makes the SHA-256 of bytes or of a text, in hex. */
export async function sha256(content: Content): Promise<string> {
  return toHex(await crypto.subtle.digest("SHA-256", bytesOf(content)));
}

/** Tells whether two secrets are the same, in a time that does not tell how alike they are. */
export function sameSecret(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length;
  for (let i = 0; i < expected.length; i++) {
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i); // NaN, past the end, counts as 0
  }
  return difference === 0;
}

function bytesOf(content: Content): Uint8Array<ArrayBuffer> {
  return typeof content === "string" ? utf8(content) : content;
}

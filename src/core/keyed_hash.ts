/**
 * HMAC-SHA-256 with a secret that several processes share.
 *
 * @module
 */

/** Makes the HMAC-SHA-256 of a text, in hex. */
export type KeyedHash = (text: string) => Promise<string>;

/** Makes a keyed hash of a secret. */
export function keyedHash(secret: string): KeyedHash {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  // The key is kept and not its promise: on Workers a promise belongs to the request that made it.
  let key: CryptoKey | undefined;
  return async (text) => {
    key ??= await crypto.subtle.importKey("raw", bytesOf(secret), algorithm, false, ["sign"]);
    return hex(await crypto.subtle.sign("HMAC", key, bytesOf(text)));
  };
}

/** Makes the SHA-256 of bytes or of a text, in hex. */
export async function sha256(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof content === "string" ? bytesOf(content) : content;
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}

/** Tells whether two hashes are the same, in a time that does not tell how alike they are. */
export function sameHash(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length;
  for (let i = 0; i < expected.length; i++) {
    difference |= given.charCodeAt(i) ^ expected.charCodeAt(i); // NaN, past the end, counts as 0
  }
  return difference === 0;
}

/** Bytes as lower-case hex. */
export function hex(bytes: ArrayBuffer | Uint8Array): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

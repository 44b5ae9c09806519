/**
 * Proof that a request is the carrier's. Every comparison with a secret takes constant time.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { decodeStrictBase64 } from "./base64.ts";

/** Tells whether a base64 signature is that of the message. */
export type Verifier = (
  message: string | Uint8Array<ArrayBuffer>,
  signature: string,
) => Promise<boolean>;

/** Makes a verifier of HMAC signatures. */
export function hmacVerifier(hash: "SHA-1" | "SHA-256", secret: string): Verifier {
  return verifier({ name: "HMAC", hash }, bytesOf(secret));
}

/**
 * Makes a verifier of Ed25519 signatures.
 *
 * @throws {RunnerError} `bad_public_key` when the key is not 32 bytes of base64.
 */
export function ed25519Verifier(publicKey: string, variable: string): Verifier {
  const key = decodeStrictBase64(publicKey.trim());
  if (key?.length !== 32) {
    throw new RunnerError("bad_public_key", `${variable} must be a base64 key of 32 bytes.`);
  }
  return verifier({ name: "Ed25519" }, key);
}

/** Tells whether two secrets are the same. */
export async function equalSecrets(given: string, expected: string): Promise<boolean> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign", "verify"]);
  const digest = await crypto.subtle.sign("HMAC", key, bytesOf(expected));
  return crypto.subtle.verify("HMAC", key, digest, bytesOf(given));
}

/** The name and the values of each parameter of a form or a query, sorted by name. */
export function sortedParameters(
  form: string | Uint8Array<ArrayBuffer>,
): [name: string, values: string[]][] {
  const text = typeof form === "string" ? form : new TextDecoder().decode(form);
  const parameters = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const values = parameters.get(name);
    if (values) values.push(value);
    else parameters.set(name, [value]);
  }
  return [...parameters].sort(([a], [b]) => a < b ? -1 : 1);
}

/**
 * Every way to write an address, without its query, that a carrier may have signed: with and
 * without the port, with and without a slash at the end, and that of a WebSocket as `https:` too.
 */
export function signedAddresses(url: URL): string[] {
  const encrypted = url.protocol === "wss:" || url.protocol === "https:";
  const schemes = url.protocol.startsWith("ws")
    ? [url.protocol, encrypted ? "https:" : "http:"]
    : [url.protocol];
  const ports = ["", `:${url.port || (encrypted ? 443 : 80)}`];
  const bare = url.pathname.replace(/\/$/, "");
  return schemes.flatMap((scheme) =>
    ports.flatMap((port) =>
      ["", "/"].map((slash) => `${scheme}//${url.hostname}${port}${bare}${slash}`)
    )
  );
}

function verifier(
  algorithm: { readonly name: string; readonly hash?: string },
  secret: Uint8Array<ArrayBuffer>,
): Verifier {
  // The key is kept and not its promise: on Workers a promise belongs to the request that made it.
  let key: CryptoKey | undefined;
  return async (message, signature) => {
    const bytes = decodeStrictBase64(signature);
    if (!bytes) return false;
    key ??= await crypto.subtle.importKey("raw", secret, algorithm, false, ["verify"]);
    const signed = typeof message === "string" ? bytesOf(message) : message;
    return crypto.subtle.verify(algorithm.name, key, bytes, signed);
  };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

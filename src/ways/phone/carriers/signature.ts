/**
 * Proof that a request is the carrier's.
 *
 * @module
 */
import { decodeStrictBase64 } from "../../../core/base64.ts";
import { utf8 } from "../../../core/bytes.ts";
import type { SignedRequest } from "../../../core/carrier.ts";
import { RunnerError } from "../../../core/error.ts";
import { type Content, hmac, sameSecret } from "../../../core/hash.ts";
import { basic } from "./rest.ts";

/** Tells whether a base64 signature is that of the message. */
export type Verifier = (message: Content, signature: string) => Promise<boolean>;

/** Makes a verifier of HMAC signatures. */
export function hmacVerifier(hash: "SHA-1" | "SHA-256", secret: string): Verifier {
  const { verify } = hmac(secret, hash);
  return async (message, signature) => {
    const bytes = decodeStrictBase64(signature);
    return bytes !== undefined && await verify(message, bytes);
  };
}

/**
 * Makes a verifier of Ed25519 signatures.
 *
 * @throws {RunnerError} `bad_public_key` if the key is not 32 bytes of base64.
 */
export function ed25519Verifier(publicKey: string, variable: string): Verifier {
  const key = decodeStrictBase64(publicKey.trim());
  if (key?.length !== 32) {
    throw new RunnerError("bad_public_key", `${variable} must be a base64 key of 32 bytes.`);
  }
  // The key is kept and not its promise: on Workers a promise belongs to the request that made it.
  let imported: CryptoKey | undefined;
  return async (message, signature) => {
    const bytes = decodeStrictBase64(signature);
    if (!bytes) return false;
    imported ??= await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    const signed = typeof message === "string" ? utf8(message) : message;
    return crypto.subtle.verify("Ed25519", imported, bytes, signed);
  };
}

/** Tells whether a request brings this user and password, by HTTP Basic (RFC 7617). */
export function basicVerifier(
  user: string,
  password: string,
): (request: SignedRequest) => Promise<boolean> {
  const expected = basic(user, password).slice("Basic ".length);
  return ({ headers }) => {
    const [, given = ""] = /^basic +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
    return Promise.resolve(sameSecret(given, expected));
  };
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

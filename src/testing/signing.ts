/**
 * How carriers sign what they send.
 *
 * @module
 */
import { decodeStrictBase64, encodeBase64 } from "../core/base64.ts";
import { utf8 } from "../core/bytes.ts";
import { RunnerError } from "../core/error.ts";
import { hmac } from "../core/hash.ts";

/** A Telnyx key pair: the carrier signs with one half, the runner verifies with the other. */
export interface TelnyxKeys {
  /** The private half, to give to `call` as `secret`: base64 of 32 bytes. */
  readonly secret: string;
  /** The public half, as `TELNYX_PUBLIC_KEY` takes it: base64 of 32 bytes. */
  readonly publicKey: string;
}

/** The bytes before the 32 bytes of an Ed25519 private key in PKCS #8. */
const PKCS8_HEAD = "MC4CAQAwBQYDK2VwBCIEIA==";

/** Makes a key pair for {@link call}s through Telnyx. */
export async function telnyxKeys(): Promise<TelnyxKeys> {
  const secret = encodeBase64(crypto.getRandomValues(new Uint8Array(32)));
  const { x = "" } = await crypto.subtle.exportKey("jwk", await privateKey(secret));
  // A JWK uses URL-safe base64 without padding: 32 bytes need one padding character.
  return { secret, publicKey: `${x.replaceAll("-", "+").replaceAll("_", "/")}=` };
}

/** Signs a text with HMAC; returns base64. */
export async function signHmac(
  hash: "SHA-1" | "SHA-256",
  secret: string,
  text: string,
): Promise<string> {
  return encodeBase64(await hmac(secret, hash).sign(text));
}

/**
 * Signs a text with Ed25519; returns base64.
 *
 * @throws {RunnerError} `bad_secret` if the secret is not base64 of 32 bytes.
 */
export async function signEd25519(secret: string, text: string): Promise<string> {
  const key = await privateKey(secret);
  const signature = await crypto.subtle.sign("Ed25519", key, utf8(text));
  return encodeBase64(new Uint8Array(signature));
}

async function privateKey(secret: string): Promise<CryptoKey> {
  const seed = decodeStrictBase64(secret);
  if (seed?.length !== 32) {
    throw new RunnerError("bad_secret", "Telnyx's secret must be 32 bytes in base64.");
  }
  const bytes = new Uint8Array([...decodeStrictBase64(PKCS8_HEAD) ?? [], ...seed]);
  return await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", true, ["sign"]);
}

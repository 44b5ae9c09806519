/**
 * Tells Daily's webhooks from anyone else's.
 *
 * @module
 */
import { decodeBase64 } from "../../core/base64.ts";
import { utf8 } from "../../core/bytes.ts";
import { RunnerError } from "../../core/error.ts";
import { hmac } from "../../core/hash.ts";

/** How far Daily's clock and ours may be apart, and how late a request may be, in ms. */
export const DIALIN_WINDOW_MS = 5 * 60_000;
/** Unix times from here on are in ms, before it in s. */
const FIRST_IN_MS = 100_000_000_000;

/** Tells whether a request is Daily's: by its headers and its body, byte for byte. */
export type DialinVerifier = (
  headers: Headers,
  body: Uint8Array<ArrayBuffer>,
) => Promise<boolean>;

/**
 * Makes a verifier of `X-Pinless-Signature`. What is older or newer than five minutes is not
 * Daily's.
 *
 * @param secret The `hmac` of the dial-in configuration, in base64.
 * @throws {RunnerError} `bad_environment` if it is not base64.
 */
export function dialinVerifier(secret: string, now: () => number = Date.now): DialinVerifier {
  const bytes = decodeBase64(secret.trim());
  if (!bytes?.length) {
    throw new RunnerError(
      "bad_environment",
      "DAILY_PINLESS_HMAC must be the hmac of Daily's dial-in configuration, in base64.",
    );
  }
  const { verify } = hmac(bytes);
  return async (headers, body) => {
    const timestamp = headers.get("x-pinless-timestamp") ?? "";
    const signature = decodeBase64(headers.get("x-pinless-signature") ?? "");
    if (!signature || !/^\d{1,15}$/.test(timestamp)) return false;
    const time = Number(timestamp) * (Number(timestamp) < FIRST_IN_MS ? 1000 : 1);
    if (Math.abs(now() - time) > DIALIN_WINDOW_MS) return false;
    const prefix = utf8(`${timestamp}.`);
    const signed = new Uint8Array(prefix.length + body.length);
    signed.set(prefix);
    signed.set(body, prefix.length);
    return await verify(signed, signature);
  };
}

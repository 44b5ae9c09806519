/**
 * JSON Web Tokens, as LiveKit takes them: HS256 and nothing else.
 *
 * @module
 */
import { encodeBase64 } from "../core/base64.ts";
import { utf8 } from "../core/bytes.ts";
import { hmac } from "../core/hash.ts";

/** Signs claims with a shared secret. */
export async function signToken(
  claims: Readonly<Record<string, unknown>>,
  secret: string,
): Promise<string> {
  const unsigned = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${unsigned}.${base64Url(await hmac(secret).sign(unsigned))}`;
}

function encode(value: unknown): string {
  return base64Url(utf8(JSON.stringify(value)));
}

function base64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

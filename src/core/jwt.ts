/**
 * JSON Web Tokens (RFC 7519), signed with HS256 or RS256 only.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { utf8 } from "./bytes.ts";
import { RunnerError } from "./error.ts";
import { type Hmac, hmac } from "./hash.ts";
import { parseJson } from "./json.ts";

/** What a token says. */
export type Claims = Readonly<Record<string, unknown>>;

/** Signs claims with a shared secret, by HS256. */
export async function signToken(claims: Claims, secret: string): Promise<string> {
  return await compact("HS256", claims, hmac(secret).sign);
}

/** Reads the claims of a token; undefined when it is not signed with this secret, by HS256. */
export async function readToken(token: string, secret: Hmac): Promise<Claims | undefined> {
  const [, head = "", claims = "", signature = ""] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token) ??
    [];
  const bytes = fromBase64Url(signature);
  if (!bytes || decoded(head)?.alg !== "HS256") return undefined;
  return await secret.verify(`${head}.${claims}`, bytes) ? decoded(claims) : undefined;
}

const BEGIN = "-----BEGIN PRIVATE KEY-----";
const END = "-----END PRIVATE KEY-----";
const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/**
 * Makes a function that signs claims with a private key, by RS256.
 *
 * @param pem The key as text, in PKCS #8 (RFC 7468, section 10); its lines may end with `\n` spelled
 * out, as in a file of environment variables.
 * @param variable What the error calls it.
 * @throws {RunnerError} `bad_private_key` for anything else; later, if it is not an RSA key.
 */
export function privateSigner(pem: string, variable: string): (claims: Claims) => Promise<string> {
  const wrong = () =>
    new RunnerError("bad_private_key", `${variable} must be an RSA key that begins with ${BEGIN}.`);
  const text = pem.replaceAll("\\n", "\n").trim();
  const bytes = text.startsWith(BEGIN) && text.endsWith(END)
    ? decodeBase64(text.slice(BEGIN.length, -END.length).replace(/\s+/g, ""))
    : undefined;
  if (!bytes) throw wrong();
  // The key is kept and not its promise: on Workers a promise belongs to the request that made it.
  let key: CryptoKey | undefined;
  return async (claims) => {
    const usable = key ??= await crypto.subtle.importKey("pkcs8", bytes, RS256, false, ["sign"])
      .catch(() => {
        throw wrong();
      });
    return await compact(
      "RS256",
      claims,
      async (unsigned) =>
        new Uint8Array(await crypto.subtle.sign(RS256.name, usable, utf8(unsigned))),
    );
  };
}

/** Writes a token (RFC 7515, section 7.1). */
async function compact(
  alg: string,
  claims: Claims,
  sign: (unsigned: string) => Promise<Uint8Array>,
): Promise<string> {
  const [head, body] = [{ alg, typ: "JWT" }, claims].map((part) =>
    toBase64Url(utf8(JSON.stringify(part)))
  );
  return `${head}.${body}.${toBase64Url(await sign(`${head}.${body}`))}`;
}

function decoded(part: string): Claims | undefined {
  const bytes = fromBase64Url(part);
  const value = bytes && parseJson(new TextDecoder().decode(bytes));
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

function toBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return decodeBase64(base64.padEnd(Math.ceil(base64.length / 4) * 4, "="));
}

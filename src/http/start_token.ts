/**
 * The token that starts sessions, like Pipecat Cloud's public key.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { sameSecret, sha256 } from "../core/hash.ts";

/** What `Authorization: Bearer` can carry (RFC 6750, section 2.1). */
const TOKEN = /^[\w.~+/-]+=*$/;

/** Tells whether a token is valid, in a time that reveals nothing about the tokens. */
export type StartTokenCheck = (token: string) => Promise<boolean>;

/**
 * Makes a check for comma-separated tokens, all of them equally valid: so you can introduce a new
 * one while clients still use the old.
 *
 * @throws {RunnerError} `bad_option` if there is none, or one that no header can carry.
 */
export function startTokenCheck(tokens: string): StartTokenCheck {
  const list = tokens.split(",").map((token) => token.trim());
  if (!list.every((token) => TOKEN.test(token))) {
    const detail =
      "A start token (startToken, --start-token) has only letters, digits and -._~+/; commas " +
      "separate several.";
    throw new RunnerError("bad_option", detail);
  }
  // Keeps the values instead of promises: on Workers a promise belongs to one request.
  let hashes: readonly string[] | undefined;
  return async (token) => {
    hashes ??= await Promise.all(list.map((known) => sha256(known)));
    const given = await sha256(token);
    return hashes.map((known) => sameSecret(given, known)).includes(true); // none is left out
  };
}

/**
 * The token of those who may begin sessions, as Pipecat Cloud's public key.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { sameSecret, sha256 } from "../core/hash.ts";

/** What `Authorization: Bearer` can carry (RFC 6750, section 2.1). */
const TOKEN = /^[\w.~+/-]+=*$/;

/** Tells whether a token is one of those that begin sessions; in a time that tells nothing of them. */
export type StartTokenCheck = (token: string) => Promise<boolean>;

/**
 * Makes a check of comma-separated tokens, each of which is as good as another: so one can take the
 * place of another while clients still have that.
 *
 * @throws {RunnerError} `bad_option` when there is none, or one that no header can carry.
 */
export function startTokenCheck(tokens: string): StartTokenCheck {
  const list = tokens.split(",").map((token) => token.trim());
  if (!list.every((token) => TOKEN.test(token))) {
    const detail =
      "A start token (startToken, --start-token) has only letters, digits and -._~+/; commas " +
      "separate several.";
    throw new RunnerError("bad_option", detail);
  }
  // The values are kept and not their promises: on Workers a promise belongs to one request.
  let hashes: readonly string[] | undefined;
  return async (token) => {
    hashes ??= await Promise.all(list.map((known) => sha256(known)));
    const given = await sha256(token);
    return hashes.map((known) => sameSecret(given, known)).includes(true); // none is left out
  };
}

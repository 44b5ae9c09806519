/**
 * One-time tokens that open a WebSocket.
 *
 * A token is random and stands for a record in the store. So it is bound to one session, it expires
 * with the record, and of two sockets that bring it one is admitted.
 *
 * @module
 */
import { randomHex } from "../core/bytes.ts";
import type { SessionRecord, SessionStore } from "./store.ts";

/** How long a token waits for its socket, in ms: Pipecat's own time. */
const TOKEN_TTL_MS = 5 * 60_000;
/** How long a broken socket may come back, in ms: the longest session that Exotel allows. */
const RETURN_TTL_MS = 60 * 60_000;
const TOKEN_BYTES = 24;

/**
 * Stores a record under a new token of 192 random bits, which is valid in a path.
 *
 * @throws {RunnerError} `store_full` if the store has no room.
 */
export async function issueToken(store: SessionStore, record: SessionRecord): Promise<string> {
  const token = randomHex(TOKEN_BYTES);
  await store.put(fresh(token), record, TOKEN_TTL_MS);
  return token;
}

/** The record of a token that is still valid. */
export async function readToken(
  store: SessionStore,
  token: string,
): Promise<SessionRecord | undefined> {
  return await store.get(fresh(token)) ?? await store.get(returning(token));
}

/**
 * Uses a token up; undefined if it was no longer valid.
 *
 * @param options.returns Keeps it valid for one more socket, if the first breaks off and comes
 * back.
 */
export async function useToken(
  store: SessionStore,
  token: string,
  options: { readonly returns?: boolean | undefined } = {},
): Promise<SessionRecord | undefined> {
  const record = await store.take(fresh(token));
  if (!record) return await store.take(returning(token));
  if (options.returns) {
    // A full store costs the socket its return, but not the call.
    await store.put(returning(token), record, RETURN_TTL_MS).catch(() => {});
  }
  return record;
}

/** Revokes a token, for a session that will not begin or is over. */
export async function dropToken(store: SessionStore, token: string): Promise<void> {
  await store.take(fresh(token));
  await store.take(returning(token));
}

/**
 * The token that a request brings: `Authorization: Bearer`, `?token=`, or the end of its path. A
 * value with dots is a carrier's JSON Web Token, which proves who calls and is not ours.
 */
export function tokenOf(request: Request, path?: string): string | undefined {
  const bearer = /^bearer +([^\s.]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return bearer ?? new URL(request.url).searchParams.get("token") ?? path;
}

// The keys differ from those of sessions, so a session's id is not a token.
const fresh = (token: string) => `token:${token}`;
const returning = (token: string) => `token-again:${token}`;

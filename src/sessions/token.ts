/**
 * One-time tokens that open a WebSocket.
 *
 * A token is random and stands for a record in the store. So it is bound to one session, it expires
 * with the record, and of two sockets that bring it one gets in.
 *
 * @module
 */
import { randomHex } from "../core/bytes.ts";
import type { SessionRecord, SessionStore } from "./store.ts";

/** How long a token waits for its socket, in ms: Pipecat's own time. */
const TOKEN_TTL_MS = 5 * 60_000;
/** How long a socket that broke off may come back, in ms: the longest session that Exotel allows. */
const RETURN_TTL_MS = 60 * 60_000;
const TOKEN_BYTES = 24;

/**
 * Stores a record under a new token of 192 random bits, which can stand in a path.
 *
 * @throws {RunnerError} `store_full` when the store has no room.
 */
export async function issueToken(store: SessionStore, record: SessionRecord): Promise<string> {
  const token = randomHex(TOKEN_BYTES);
  await store.put(fresh(token), record, TOKEN_TTL_MS);
  return token;
}

/** The record of a token that is still good. */
export async function readToken(
  store: SessionStore,
  token: string,
): Promise<SessionRecord | undefined> {
  return await store.get(fresh(token)) ?? await store.get(returning(token));
}

/**
 * Uses a token up; undefined when it was not good any more.
 *
 * @param options.returns Leaves it good for one more socket, for one that breaks off and comes back.
 */
export async function useToken(
  store: SessionStore,
  token: string,
  options: { readonly returns?: boolean | undefined } = {},
): Promise<SessionRecord | undefined> {
  const record = await store.take(fresh(token));
  if (!record) return await store.take(returning(token));
  if (options.returns) {
    // A store without room costs the socket its return, and not the call.
    await store.put(returning(token), record, RETURN_TTL_MS).catch(() => {});
  }
  return record;
}

/** Makes a token useless, for a session that will not begin or is over. */
export async function dropToken(store: SessionStore, token: string): Promise<void> {
  await store.take(fresh(token));
  await store.take(returning(token));
}

/**
 * The token that a request brings: `Authorization: Bearer`, `?token=`, or the end of its path. What
 * has dots is a carrier's JSON Web Token, which proves who calls and is none of ours.
 */
export function tokenOf(request: Request, path?: string): string | undefined {
  const bearer = /^bearer +([^\s.]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return bearer ?? new URL(request.url).searchParams.get("token") ?? path;
}

// The keys stand apart from those of sessions, so that a session's id is no token.
const fresh = (token: string) => `token:${token}`;
const returning = (token: string) => `token-again:${token}`;

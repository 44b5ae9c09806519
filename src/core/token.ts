/**
 * One-time tokens that open a WebSocket.
 *
 * A token is random and stands for a record in the store. So it is bound to one session, it expires
 * with the record, and of two sockets that bring it one gets in.
 *
 * @module
 */

/** How long a token is good for, in ms: Pipecat's own time. */
export const TOKEN_TTL_MS = 5 * 60_000;

const TOKEN_BYTES = 24;

/** Makes a token of 192 random bits that can stand in a path. */
export function createToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The key of a token's record, apart from the records of sessions. */
export function tokenKey(token: string): string {
  return `token:${token}`;
}

/** The token that a request brings: `Authorization: Bearer`, `?token=`, or the end of its path. */
export function tokenOf(request: Request, path?: string): string | undefined {
  const bearer = /^bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return bearer ?? new URL(request.url).searchParams.get("token") ?? path;
}

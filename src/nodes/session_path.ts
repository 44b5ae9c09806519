/**
 * Which session or peer a path is about.
 *
 * @module
 */

/** What a request is about. */
export type SessionPath =
  /** A path below `/sessions/:id/`. */
  | { readonly kind: "session"; readonly id: string; readonly offer: boolean }
  /** `/api/offer`, whose body may name a peer. */
  | { readonly kind: "offer" };

/**
 * Reads a path; undefined where it is about no session that is known.
 *
 * @param basePath What stands before all paths of the runner.
 * @param bots The names of its bots, where it has several.
 */
export function sessionPath(
  path: string,
  basePath: string,
  bots: readonly string[],
): SessionPath | undefined {
  if (!path.startsWith(`${basePath}/`)) return undefined;
  const [first = "", ...rest] = path.slice(basePath.length + 1).split("/").map(decoded);
  const [route, id, ...below] = bots.includes(first) ? rest : [first, ...rest];
  if (route === "api" && id === "offer" && below.length === 0) return { kind: "offer" };
  if (route !== "sessions" || !id || below.length === 0) return undefined;
  return { kind: "session", id, offer: below.join("/") === "api/offer" };
}

/** A part of a path as the router reads it. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray percent sign
  }
}

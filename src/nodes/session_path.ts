/**
 * Which session or peer a path is about, or whether one may begin there.
 *
 * @module
 */
import { CARRIER_NAMES } from "../core/transport_names.ts";

/** Paths where a body can start a session, besides offers. The root is also a carrier's (`-t`). */
const BEGINNINGS: readonly string[] = [
  ...["", "start", "dial", "whatsapp", "daily-dialin-webhook"],
  ...CARRIER_NAMES,
];

/** What a request is about. */
export type SessionPath =
  /** A path below `/sessions/:id/`. */
  | { readonly kind: "session"; readonly id: string; readonly offer: boolean }
  /** `/api/offer`, whose body may name a peer. */
  | { readonly kind: "offer" }
  /** Another path where a session may begin. */
  | { readonly kind: "beginning" };

/**
 * Reads a path; undefined if it is not about a known kind of session.
 *
 * @param basePath The prefix of all paths of the runner.
 * @param bots The names of its bots, if it has several.
 */
export function sessionPath(
  path: string,
  basePath: string,
  bots: readonly string[],
): SessionPath | undefined {
  if (!`${path}/`.startsWith(`${basePath}/`)) return undefined;
  const [first = "", ...rest] = path.slice(basePath.length + 1).split("/").map(decoded);
  const [route = "", id, ...below] = bots.includes(first) ? rest : [first, ...rest];
  if (BEGINNINGS.includes(route)) return { kind: "beginning" };
  if (route === "api" && id === "offer" && below.length === 0) return { kind: "offer" };
  if (route !== "sessions" || !id || below.length === 0) return undefined;
  return { kind: "session", id, offer: below.join("/") === "api/offer" };
}

/** A part of a path, as the router reads it. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray percent sign
  }
}

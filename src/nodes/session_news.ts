/**
 * What one process of a fleet tells another about a session: a signed request like all forwarded
 * ones, which ends at its receiver.
 *
 * @module
 */

/** News of a session. */
export interface SessionNews {
  /** It will not begin, or it has begun elsewhere. */
  readonly kind: "dismissed" | "taken";
  readonly id: string;
}

/** The method of news; no client's request is forwarded with it to such a path. */
export const NEWS_METHOD = "DELETE";

/** The path of news, below the path that a process serves. */
export function newsPath({ kind, id }: SessionNews): string {
  return `/fleet/${kind}/${id}`;
}

/** Reads news; undefined if a request is not news. */
export function newsOf({ method, url }: Request, basePath: string): SessionNews | undefined {
  const { pathname } = new URL(url);
  if (method !== NEWS_METHOD || !pathname.startsWith(basePath)) return undefined;
  const [, kind, id] =
    /^\/fleet\/(dismissed|taken)\/([\w-]+)$/.exec(pathname.slice(basePath.length)) ?? [];
  if (id === undefined || (kind !== "dismissed" && kind !== "taken")) return undefined;
  return { kind, id };
}

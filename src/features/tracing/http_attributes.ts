/**
 * What a span says about a request, by OpenTelemetry's semantic conventions for HTTP servers,
 * without what must not be seen: tokens in paths, all values of a query, and the client's address.
 *
 * @module
 */
import type { Attributes } from "@opentelemetry/api";
import { CARRIER_NAMES } from "../../core/transport_names.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
/** Replaces what must not be seen. */
const REDACTED = "REDACTED";
/** A part of a path that looks like this is treated as a secret, unless it is a session's id. */
const OPAQUE = /^[\w.~%=+-]{24,}$/;
/** The longest client-supplied text, in characters. */
const LONGEST = 256;

/** The routes of a runner, by their first parts: what may follow them. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  start: [],
  status: [],
  dial: [],
  api: ["offer"],
  client: [":file"],
  files: [":file"],
  daily: [],
  "daily-dialin-webhook": [],
  whatsapp: [],
  ws: [":token"],
  "ws-client": [":token"],
  ...Object.fromEntries(CARRIER_NAMES.map((name) => [name, [":token"]])),
};

/** The route of a path, such as `/ws/:token`; undefined for the user's own routes. */
export function routeTemplate(path: string): string | undefined {
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.length === 0) return "/";
  const session = parts.indexOf("sessions");
  if (session >= 0 && session + 1 < parts.length) {
    const below = routeTemplate(parts.slice(session + 2).join("/"));
    return below === "/api/offer" ? `/sessions/:id${below}` : "/sessions/:id/*";
  }
  // A base path and the name of a bot may come before it.
  const first = parts.findIndex((part) => Object.hasOwn(TEMPLATES, part));
  const name = parts[first];
  if (name === undefined) return undefined;
  const follows = TEMPLATES[name]?.slice(0, parts.length - first - 1) ?? [];
  return ["", name, ...follows].join("/");
}

/** What is known about a request before it is answered. */
export function requestAttributes(
  { method, headers }: Request,
  url: URL,
  route: string | undefined,
): Attributes {
  const query = [...new Set(url.searchParams.keys())].map((key) => `${key}=${REDACTED}`).join("&");
  const agent = headers.get("user-agent");
  return {
    "http.request.method": METHODS.includes(method) ? method : "_OTHER",
    ...(route ? { "http.route": route } : {}),
    "url.path": publicPath(url.pathname),
    ...(query ? { "url.query": query.slice(0, LONGEST) } : {}),
    "url.scheme": url.protocol.slice(0, -1),
    "server.address": url.hostname,
    ...(url.port ? { "server.port": Number(url.port) } : {}),
    ...(agent ? { "user_agent.original": agent.slice(0, LONGEST) } : {}),
  };
}

/** A path without its secrets. */
function publicPath(path: string): string {
  const parts = path.split("/");
  return parts.map((part, i) => {
    const before = parts[i - 1] ?? "";
    const isToken = TEMPLATES[before]?.[0] === ":token" && part !== "";
    return isToken || (OPAQUE.test(part) && before !== "sessions") ? REDACTED : part;
  }).join("/").slice(0, LONGEST);
}

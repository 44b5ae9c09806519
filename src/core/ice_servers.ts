/**
 * Reads STUN and TURN servers, from flags, the environment or options.
 *
 * @module
 */
import { RunnerError } from "./error.ts";
import type { IceServer } from "./peer.ts";

/**
 * Parses ICE servers as Pipecat does: comma-separated URLs, a list of them, JSON objects, or one JSON
 * array.
 *
 * @throws {RunnerError} `bad_option`, naming the entry and what is wrong with it. A credential
 * is never part of the message.
 */
export function parseIceServers(value: string | readonly unknown[]): IceServer[] {
  const entries: unknown[] = typeof value === "string" ? splitIceServers(value) : [...value];
  return entries.map((entry, index) => {
    const server = typeof entry === "string" && entry.trim().startsWith("{")
      ? parseJson(entry)
      : typeof entry === "string"
      ? { urls: entry.trim() }
      : entry;
    return iceServer(server, `iceServers[${index}]`);
  });
}

/** Checks one server; by hand, for zod would have to be loaded before anything listens. */
function iceServer(server: unknown, name: string): IceServer {
  if (typeof server !== "object" || server === null) {
    throw badIceServers(`${name} is neither a URL nor an object.`);
  }
  const { urls, username, credential, ...others } = server as Record<string, unknown>; // an object
  const [other] = Object.keys(others);
  if (other !== undefined) throw badIceServers(`${name} has a field that is unknown: ${other}.`);
  const list: unknown[] = Array.isArray(urls) ? urls : [urls];
  if (list.length === 0 || !list.every(isIceUrl)) {
    throw badIceServers(`${name}: each of its urls must start with stun: or turn:.`);
  }
  return {
    urls: list,
    ...text("username", username, name),
    ...text("credential", credential, name),
  };
}

function isIceUrl(url: unknown): url is string {
  return typeof url === "string" && /^(stun|stuns|turn|turns):.+/.test(url);
}

/** A field that may be left out, null or empty. */
function text(
  field: "username" | "credential",
  value: unknown,
  name: string,
): Partial<IceServer> {
  if (value === undefined || value === null || value === "") return {};
  if (typeof value !== "string") throw badIceServers(`${name}: its ${field} must be a string.`);
  return { [field]: value };
}

function splitIceServers(value: string): unknown[] {
  const text = value.trim();
  if (text.startsWith("{")) return [text];
  if (!text.startsWith("[")) return text.split(",").map((url) => url.trim()).filter(Boolean);
  const list = parseJson(text);
  if (!Array.isArray(list)) throw badIceServers("Expected a JSON array of ICE servers.");
  return list;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badIceServers("The JSON of the ICE servers cannot be parsed.", cause);
  }
}

function badIceServers(detail: string, cause?: unknown): RunnerError {
  return new RunnerError(
    "bad_option",
    `${detail} Give URLs such as stun:stun.example.com:3478, or {"urls":…,"username":…,"credential":…}.`,
    { cause },
  );
}

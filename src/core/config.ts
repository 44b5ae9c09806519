/**
 * Reads the settings that come as text, from flags, the environment or a file.
 *
 * @module
 */
import * as z from "zod";
import { RunnerError } from "./error.ts";
import type { IceServer } from "./peer.ts";

const IceUrl = z.string().regex(/^(stun|stuns|turn|turns):.+/, "starts with stun: or turn:");
const Server = z.strictObject({
  urls: z.union([IceUrl, z.array(IceUrl).min(1)]),
  username: z.string().nullish(),
  credential: z.string().nullish(),
});

/**
 * Parses ICE servers as Pipecat does: URLs apart by commas or as a list, JSON objects, or one JSON
 * array.
 *
 * @throws {RunnerError} `bad_ice_servers`, naming the entry and what is wrong with it. A credential
 * is never part of the message.
 */
export function parseIceServers(value: string | readonly string[]): IceServer[] {
  const entries: unknown[] = typeof value === "string" ? splitIceServers(value) : [...value];
  return entries.map((entry, index) => {
    const candidate = typeof entry === "string" && entry.trim().startsWith("{")
      ? parseJson(entry)
      : typeof entry === "string"
      ? { urls: entry.trim() }
      : entry;
    const parsed = Server.safeParse(candidate);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const where = issue?.path.join(".") || "entry";
      throw badIceServers(`ICE server ${index + 1}: ${where}: ${issue?.message}.`);
    }
    const { urls, username, credential } = parsed.data;
    return {
      urls: typeof urls === "string" ? [urls] : urls,
      ...(username ? { username } : {}),
      ...(credential ? { credential } : {}),
    };
  });
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
    "bad_ice_servers",
    `${detail} Give URLs such as stun:stun.example.com:3478, or {"urls":…,"username":…,"credential":…}.`,
    { cause },
  );
}

/**
 * The public origin that a proxy name stands for: `--proxy` takes `mybot.example.com`, with or
 * without a scheme.
 *
 * @throws {RunnerError} `bad_proxy` when it is not a host name.
 */
export function publicOrigin(proxy: string): string {
  const text = proxy.trim();
  const url = URL.parse(/^https?:\/\//.test(text) ? text : `https://${text}`);
  if (!url || url.search || url.hash || url.pathname !== "/") {
    throw new RunnerError(
      "bad_proxy",
      `"${proxy}" is not a public host name. Give one such as mybot.ngrok.io.`,
    );
  }
  return url.origin;
}

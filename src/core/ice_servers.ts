/**
 * Reads STUN and TURN servers from flags, the environment, options, or a function that returns
 * them.
 *
 * @module
 */
import { RunnerError } from "./error.ts";
import { getLogger } from "./log.ts";
import type { IceServer } from "./peer.ts";
import { inTime } from "./wait.ts";

/**
 * A function that returns STUN and TURN servers, for short-lived credentials. It is called for each
 * `POST /start` and each offer.
 */
export type IceServerSource = () => readonly IceServer[] | Promise<readonly IceServer[]>;

/** Tells which servers there are now. It never rejects, and takes at most {@link TELL_MS}. */
export type TellIceServers = () => Promise<readonly IceServer[]>;

/** How long somebody who starts a session, or offers, waits for the function, in ms. */
const TELL_MS = 2000;

const logger = getLogger(["pipecat", "runner", "webrtc"]);
/** One per function, whoever asks it, so that a failure is logged once. */
const tellers = new WeakMap<IceServerSource, TellIceServers>();

/**
 * Makes a function from a runner's option. If the given function throws, returns anything but a
 * list of servers, or is late, there are none; that is logged once, until it works again. After it
 * was late, nobody waits for it until it has been in time.
 */
export function tellIceServers(given: readonly IceServer[] | IceServerSource): TellIceServers {
  if (typeof given !== "function") return () => Promise.resolve(given);
  const known = tellers.get(given) ?? watched(given);
  tellers.set(given, known);
  return known;
}

function watched(source: IceServerSource): TellIceServers {
  let fails = false;
  let late = false;
  const failed = (reason: string): readonly IceServer[] => {
    if (!fails) logger.warn("There are no ICE servers: {reason}", { reason });
    fails = true;
    return [];
  };
  const ask = async () => {
    const startedAt = performance.now();
    try {
      const told: unknown = await source();
      if (!Array.isArray(told)) throw badIceServers("The function iceServers must return a list.");
      const servers = parseIceServers(told);
      if (performance.now() - startedAt < TELL_MS) fails = late = false;
      return servers;
    } catch (error) {
      // Another's error may quote a URL with a key in it.
      logger.debug("The function iceServers failed: {error}", { error });
      return failed(
        error instanceof RunnerError
          ? error.message
          : `the function iceServers threw (${error instanceof Error ? error.name : "?"})`,
      );
    }
  };
  return () =>
    inTime(late ? 0 : TELL_MS, ask(), () => {
      late = true;
      return failed(`the function iceServers did not answer within ${TELL_MS} ms`);
    });
}

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

/** Checks one server; by hand, because zod would have to be loaded before anything listens. */
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

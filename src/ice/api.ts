/**
 * Requests to APIs for TURN credentials.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { parseIceServers } from "../core/ice_servers.ts";
import type { IceServer } from "../core/peer.ts";
import { isPassing, rest, type RestRequest } from "../core/rest.ts";
import { abortedAfter } from "../core/wait.ts";

/** How long all attempts may take, and each of them, in ms. */
const ALL_MS = 8000;
const EACH_MS = 3000;
/** The statuses for missing or wrong credentials. */
const REFUSED: readonly number[] = [401, 403];
/** Browsers do not connect to it, and would wait in vain. */
const CLOSED_PORT = /^[a-z]+:[^?]*:53(\?|$)/;

/** A request for credentials. */
export interface CredentialsRequest extends Pick<RestRequest, "url" | "headers" | "body"> {
  /** Whose API it is. */
  readonly name: string;
  /** The field of the answer that has the servers. */
  readonly field: string;
}

/**
 * Asks for servers with their credentials, up to three times if the API cannot answer.
 *
 * @throws {RunnerError} `no_credentials` if the API refuses our own credentials, else
 * `unreachable`; the message contains no part of the request or the answer.
 */
export async function askForServers(
  { name, field, ...request }: CredentialsRequest,
): Promise<readonly IceServer[]> {
  const answer = await abortedAfter(
    ALL_MS,
    (signal) => rest({ method: "POST", ...request, timeoutMs: EACH_MS, signal }, isPassing),
  );
  const { status, json, cause } = answer;
  if (REFUSED.includes(status)) {
    throw new RunnerError("no_credentials", `${name} refused the key (${status}).`);
  }
  if (status < 200 || status >= 300) {
    const said = status === 0 ? "did not answer" : `answered with ${status}`;
    throw new RunnerError("unreachable", `${name} ${said} when asked for credentials.`, { cause });
  }
  const servers = serversOf(Object(json)[field]);
  if (servers.length > 0) return servers;
  throw new RunnerError("unreachable", `${name} answered without TURN servers.`);
}

/** Reads servers from a list or a single object, which may have extra fields. */
function serversOf(told: unknown): IceServer[] {
  const list: unknown[] = Array.isArray(told) ? told : [told];
  const known = list.map((each) => {
    const { urls, username, credential } = Object(each);
    return { urls, username, credential };
  });
  return parseIceServers(known).flatMap((server) => {
    const urls = server.urls.filter((url) => !CLOSED_PORT.test(url));
    return urls.length > 0 ? [{ ...server, urls }] : [];
  });
}

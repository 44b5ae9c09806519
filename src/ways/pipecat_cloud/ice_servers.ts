/**
 * The STUN and TURN servers of Pipecat Cloud, provided by a program beside the container.
 *
 * @module
 */
import { RunnerError } from "../../core/error.ts";
import { type IceServerSource, parseIceServers } from "../../core/ice_servers.ts";
import { rest } from "../../core/rest.ts";

/** Where the platform provides them, unless `ICE_CONFIG_URL` says otherwise. */
const ICE_CONFIG_URL = "http://localhost:9090/ice-servers";
/** How long it may take, in ms. */
const ASK_MS = 1800;

/** Asks for the servers with each offer. */
export function cloudIceServers(url: string = ICE_CONFIG_URL): IceServerSource {
  return async () => {
    const answer = await rest({ method: "GET", url, headers: {}, timeoutMs: ASK_MS }, () => false);
    const { status, json, cause } = answer;
    if (status !== 200) {
      const said = status === 0 ? "did not answer" : `answered with ${status}`;
      throw new RunnerError("unreachable", `ICE_CONFIG_URL ${said}.`, { cause });
    }
    const { iceServers = [] } = Object(Object(json).iceConfig);
    const list: unknown[] = Array.isArray(iceServers) ? iceServers : [];
    return parseIceServers(list.map((server) => {
      const { urls, username, credential } = Object(server);
      return { urls, ...(username ? { username } : {}), ...(credential ? { credential } : {}) };
    }));
  };
}

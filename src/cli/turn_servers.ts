/**
 * ICE servers that include a coturn, loaded only then.
 *
 * @module
 */
import type { IceServerSource } from "../core/ice_servers.ts";
import { coturn } from "../ice/coturn.ts";
import type { Settings } from "./option.ts";

/** Makes coturn's logins for each call, besides the fixed servers. */
export function turnServers(
  urls: readonly string[],
  { iceServers }: Pick<Settings, "iceServers">,
): { readonly iceServers: IceServerSource } {
  const turn = coturn({ secret: Deno.env.get("TURN_SECRET") ?? "", urls });
  return { iceServers: async () => [...iceServers, ...await turn()] };
}

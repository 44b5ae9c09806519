/**
 * The ICE servers where there is a coturn among them, loaded when there is.
 *
 * @module
 */
import type { IceServerSource } from "../core/ice_servers.ts";
import { coturn } from "../ice/coturn.ts";
import type { Settings } from "./option.ts";

/** Lets coturn's logins be made for each call, beside the servers that stay the same. */
export function turnServers(
  urls: readonly string[],
  { iceServers }: Pick<Settings, "iceServers">,
): { readonly iceServers: IceServerSource } {
  const turn = coturn({ secret: Deno.env.get("TURN_SECRET") ?? "", urls });
  return { iceServers: async () => [...iceServers, ...await turn()] };
}

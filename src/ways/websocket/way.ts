/**
 * Plain WebSockets as a way in.
 *
 * @module
 */
import { websocketRoutes, websocketStarter } from "./routes.ts";
import { type Kit, serves, type Way } from "../way.ts";

/** Makes plain WebSockets. */
export function websocket(kit: Kit): Way | undefined {
  if (!serves(kit, "websocket")) return undefined;
  const options = { ...kit.options, ...kit };
  return {
    starters: { websocket: websocketStarter(options) },
    routes: websocketRoutes(options),
  };
}

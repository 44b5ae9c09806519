/**
 * Plain WebSockets as a way in.
 *
 * @module
 */
import { type Load, whenCalled } from "../../core/load_once.ts";
import { createRoutes } from "../../http/hono.ts";
import { type Kit, serves, type Way } from "../way.ts";
import type * as Handlers from "./handlers.ts";

/** Makes plain WebSockets. */
export function websocket(kit: Kit, load: Load<typeof Handlers>): Way | undefined {
  if (!serves(kit, "websocket")) return undefined;
  const options = { ...kit.options, ...kit };
  return {
    starters: {
      websocket: whenCalled(async () => (await load()).websocketStarter(options)),
    },
    routes: createRoutes().get(
      "/ws-client/:token?",
      whenCalled(async () => (await load()).websocketVisit(options)),
    ),
  };
}

/**
 * WebRTC as a way in: browsers and devices, with no room in between.
 *
 * @module
 */
import { renderError, wrongMethod } from "../../http/border.ts";
import { createRoutes } from "../../http/hono.ts";
import { offerRoutes, webrtcStarter } from "./offer_routes.ts";
import { guarded } from "../../http/start_guard.ts";
import { type Kit, serves, type Way } from "../way.ts";

/** Makes WebRTC where the runner was given a stack for it. */
export function webrtc(kit: Kit): Way | undefined {
  const { bot, sessions, store, guard, options } = kit;
  const { webrtc: peers, iceServers } = options;
  if (!peers || !serves(kit, "webrtc")) return undefined;
  const offers = offerRoutes({ bot, peers, sessions, store })
    .all("/api/offer", wrongMethod("POST", "PATCH"))
    .onError(renderError);
  return {
    starters: { webrtc: webrtcStarter(store, iceServers, peers) },
    routes: createRoutes().on("POST", "/api/offer", guarded(guard)).route("/", offers),
    // The session of an offer below it was asked for the start token already.
    sessionRoutes: { path: "api/offer", transport: "webrtc", routes: offers },
  };
}

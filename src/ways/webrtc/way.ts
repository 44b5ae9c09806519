/**
 * WebRTC as a way in: browsers and devices, with no room in between.
 *
 * @module
 */
import { type Load, loadOnce, whenCalled } from "../../core/load_once.ts";
import { renderError, wrongMethod } from "../../http/border.ts";
import { createRoutes } from "../../http/hono.ts";
import { guarded } from "../../http/start_guard.ts";
import { type Kit, serves, type Way } from "../way.ts";
import type { createOffers } from "./offers.ts";
import { webrtcStarter } from "./starter.ts";

/**
 * Makes WebRTC if the runner has a stack for it.
 *
 * @param load Loads what answers offers.
 */
export function webrtc(kit: Kit, load: Load<typeof createOffers>): Way | undefined {
  const { bot, sessions, store, guard, options } = kit;
  const { webrtc: peers, iceServers } = options;
  if (!peers || !serves(kit, "webrtc")) return undefined;
  const offers = loadOnce(async () => (await load())({ bot, peers, sessions, store }));
  const routes = createRoutes()
    .post("/api/offer", whenCalled(async () => (await offers()).answer))
    .patch("/api/offer", whenCalled(async () => (await offers()).addCandidates))
    .all("/api/offer", wrongMethod("POST", "PATCH"))
    .onError(renderError);
  return {
    starters: { webrtc: webrtcStarter(store, iceServers, peers) },
    routes: createRoutes().on("POST", "/api/offer", guarded(guard)).route("/", routes),
    // The session of an offer below it was asked for the start token already.
    sessionRoutes: { path: "api/offer", transport: "webrtc", routes },
  };
}

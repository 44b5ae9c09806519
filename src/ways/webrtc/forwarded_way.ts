/**
 * WebRTC as a way in whose sessions run on media nodes.
 *
 * @module
 */
import { createForwarder } from "../../nodes/forwarder.ts";
import { sharedHash } from "../../nodes/forwarding.ts";
import { mediaNodes } from "../../nodes/media_nodes.ts";
import { wrongMethod } from "../../http/border.ts";
import { forwardingStarter, forwardRoutes } from "../../nodes/front_routes.ts";
import { createRoutes } from "../../http/hono.ts";
import { networkSecret } from "../../nodes/media_node.ts";
import { guarded } from "../../http/start_guard.ts";
import { type MakeWay, serves } from "../way.ts";

/**
 * Makes WebRTC on media nodes where the runner has any, and else this host's own.
 *
 * @param own Makes WebRTC of this host, which takes what others forward here.
 * @throws {RunnerError} `no_secret`, or `bad_option` for a secret that is short.
 */
export function forwardedWebrtc(own?: MakeWay): MakeWay {
  return (kit) => {
    const { sessions, guard, environment, options } = kit;
    const { mediaNodes: origins = [] } = options;
    const local = own?.(kit);
    const secret = networkSecret({ ...options, environment });
    if (secret === undefined || origins.length === 0 || !serves(kit, "webrtc")) return local;

    const forwarder = createForwarder(sharedHash(secret), mediaNodes(origins));
    const forwarding = { ...options, sessions, forwarder };
    const routes = createRoutes()
      .on("POST", "/api/offer", guarded(guard))
      .route("/", forwardRoutes(forwarding));
    if (local?.routes) routes.route("/", local.routes);
    else routes.all("/api/offer", wrongMethod("POST", "PATCH"));
    const starter = local?.starters?.webrtc;
    return {
      ...local,
      routes,
      starters: {
        webrtc: forwardingStarter(forwarding, typeof starter === "function" ? starter : undefined),
      },
    };
  };
}

/**
 * WebRTC as a way in whose sessions run on media nodes.
 *
 * @module
 */
import { type Load, loadOnce, whenCalled } from "../../core/load_once.ts";
import { wrongMethod } from "../../http/border.ts";
import { createRoutes } from "../../http/hono.ts";
import { guarded } from "../../http/start_guard.ts";
import type { createFront, Front, FrontOptions } from "../../nodes/front.ts";
import { networkSecret } from "../../nodes/network.ts";
import { type Kit, serves, type Way } from "../way.ts";

/** What forwards, and what takes WebSockets on. */
export interface FrontParts extends Pick<FrontOptions, "sockets"> {
  readonly createFront: typeof createFront;
}

/**
 * Makes WebRTC on media nodes if the runner has any, else this host's own.
 *
 * @param load Gives what forwards.
 * @param local WebRTC of this host, which accepts what others forward here.
 * @throws {RunnerError} `no_secret`, or `bad_option` for a short secret.
 */
export function forwardedWebrtc(
  kit: Kit,
  load: Load<FrontParts>,
  local?: Way,
): Way | undefined {
  const { sessions, guard, environment, options } = kit;
  const { mediaNodes = [] } = options;
  const secret = networkSecret({ ...options, environment });
  if (secret === undefined || mediaNodes.length === 0 || !serves(kit, "webrtc")) return local;

  let loaded: Front | undefined;
  const front = loadOnce(async () => {
    const { createFront, sockets } = await load();
    return loaded = createFront({ ...options, sessions, secret, mediaNodes, sockets });
  });
  const routes = createRoutes()
    .on("POST", "/api/offer", guarded(guard))
    .on(["POST", "PATCH"], "/api/offer", whenCalled(async () => (await front()).offer))
    .all("/sessions/:id/:path{.*}", whenCalled(async () => (await front()).session));
  if (local?.routes) routes.route("/", local.routes);
  else routes.all("/api/offer", wrongMethod("POST", "PATCH"));
  const starter = local?.starters?.webrtc;
  const own = typeof starter === "function" ? starter : undefined;
  return {
    ...local,
    routes,
    starters: { webrtc: whenCalled(async () => (await front()).starter(own)) },
    async idle(mostMs) {
      await loaded?.sockets.idle?.(mostMs);
    },
    async close() {
      loaded?.sockets.close?.();
      await local?.close?.();
    },
  };
}

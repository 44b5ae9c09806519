/**
 * Pipecat Cloud as a way in: the platform starts a session at `/bot`, which stays open until the
 * session ends, and brings its client to `/api/offer` or `/ws`. A header names the session of a
 * request, and nobody else reaches the container.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { type Load, loadOnce, whenCalled } from "../../core/load_once.ts";
import { renderError, wrongMethod } from "../../http/border.ts";
import type { AppEnv } from "../../http/env.ts";
import { createRoutes } from "../../http/hono.ts";
import type { Sessions } from "../../sessions/session.ts";
import type { Kit, Way } from "../way.ts";
import type { Gateway } from "./gateway.ts";
import { SESSION_HEADER } from "./start.ts";

/** Makes the way in. */
export function pipecatCloudWay(kit: Kit, load: Load<(kit: Kit) => Gateway>): Way {
  const gateway = loadOnce(async () => (await load())(kit));
  const routes = createRoutes()
    .onError(renderError)
    .use("*", knowsSession(kit.sessions))
    .post("/bot", whenCalled(async () => (await gateway()).bot))
    .all("/bot", wrongMethod("POST"));
  if (kit.options.webrtc) {
    routes
      .post("/api/offer", whenCalled(async () => (await gateway()).offer))
      .patch("/api/offer", whenCalled(async () => (await gateway()).candidates));
  }
  return { routes, stream: whenCalled(async () => (await gateway()).stream) };
}

/** Tells the user's routes the session, which the platform removed from the path. */
function knowsSession(sessions: Sessions): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const session = sessions.get(c.req.header(SESSION_HEADER) ?? "");
    if (session) Object.assign(c.env, { session });
    await next();
  };
}

/**
 * What a runner serves for one of its bots.
 *
 * @module
 */
import type { Hono } from "hono";
import type { TransportName } from "./core/bot.ts";
import type { Feature, FeatureRoutes } from "./features/feature.ts";
import { renderError, wrongMethod } from "./http/border.ts";
import type { AppEnv } from "./http/env.ts";
import { createRoutes } from "./http/hono.ts";
import { below, envBelow, sessionRoutes } from "./http/sessions.ts";
import {
  enabledTransports,
  type ReadStart,
  type StartedSession,
  startRoutes,
} from "./http/start.ts";
import type { Kit, MakeWay, Way } from "./ways/way.ts";

/** The routes of one bot. */
export interface Site {
  /** All that is served for it, with the bot's own path in front. */
  readonly routes: Hono<AppEnv>;
  /** What `POST /start` takes. */
  readonly transports: readonly TransportName[];
  /** Dials a call for the bot; absent if it has no phone. */
  readonly dial?: Way["dial"];
  /** Resolves when the secrets of its ways are known to be valid. */
  ready(): Promise<void>;
  /**
   * Resolves when nothing of another process's sessions passes through its ways, or after this many
   * ms.
   */
  idle(mostMs: number): Promise<void>;
  /** Ends what its ways have open. */
  close(): Promise<void>;
}

/** What a site is made of. */
export interface SiteParts {
  readonly makers: readonly MakeWay[];
  readonly readStart: ReadStart;
  readonly features: readonly Feature[];
  /** The user's own routes. */
  readonly app: Hono<AppEnv>;
  /** The names of all bots, if there are several. */
  readonly bots?: readonly string[];
}

/** Makes the site of a kit's bot. */
export function createSite(
  given: Omit<Kit, "streams">,
  { makers, readStart, features, app, bots }: SiteParts,
): Site {
  const { sessions, store, guard, base, options: { transport } } = given;
  const kit: Kit = { ...given, streams: () => ways.flatMap(({ stream }) => stream ?? []) };
  const ways: Way[] = makers.flatMap((make) => make(kit) ?? []);
  const own = ways.flatMap(({ sessionRoutes }) => sessionRoutes ?? []);
  const starters = Object.assign({}, ...ways.map((way) => way.starters));
  const served = features.flatMap((feature) => feature.serve?.({ base, guard, sessions }) ?? []);
  const startable = {
    starters,
    readStart,
    sessions,
    guard,
    started: (session: StartedSession) =>
      Object.assign({}, ...served.map(({ started }) => started?.(session))),
    ...(bots ? { bots } : {}),
    ...(transport ? { transport } : {}),
  };

  const routes = createRoutes();
  for (const way of ways) if (way.routes) routes.route("/", way.routes);
  routes.route("/", startRoutes(startable))
    .all("/start", wrongMethod("POST"))
    .all("/status", wrongMethod("GET"))
    .route("/", sessionRoutes({ sessions, store, own, app: belowSession(served, app), base }));
  for (const { routes: own } of [...features, ...served]) if (own) routes.route("/", own);
  routes.all(
    "*",
    (c) =>
      base === "" ? app.fetch(c.req.raw, c.env) : app.fetch(below(c.req.raw, base), envBelow(c)),
  );
  const dial = ways.find((way) => way.dial)?.dial;
  return {
    routes,
    transports: enabledTransports(startable),
    ...(dial ? { dial } : {}),
    async ready() {
      await Promise.all(ways.map((way) => way.ready?.()));
    },
    async idle(mostMs) {
      await Promise.all(ways.map((way) => way.idle?.(mostMs)));
    },
    async close() {
      await Promise.all(ways.map((way) => way.close?.()));
    },
  };
}

/** The user's own routes below a session, and those of features before them. */
function belowSession(served: readonly FeatureRoutes[], app: Hono<AppEnv>): Hono<AppEnv> {
  const own = served.flatMap(({ sessionRoutes }) => sessionRoutes ?? []);
  if (own.length === 0) return app;
  const routes = createRoutes().onError(renderError);
  for (const each of own) routes.route("/", each);
  return routes.all("*", (c) => app.fetch(c.req.raw, c.env));
}

/**
 * Joins a bot, ways in and features behind one web-standard `fetch`.
 *
 * @module
 */
import type { Bot } from "./core/bot.ts";
import { type Bots, type NamedBot, namedBots, storeOf } from "./sessions/bots.ts";
import { CARRIER_NAMES } from "./core/transport_names.ts";
import { boundedStore } from "./sessions/bounded_store.ts";
import { clientAddress } from "./core/client_address.ts";
import { MemoryOnceStore } from "./sessions/once.ts";
import { SessionSet } from "./sessions/session_set.ts";
import type { AnswerRequest } from "./core/monitor.ts";
import type { Platform } from "./core/platform.ts";
import { MemorySessionStore } from "./sessions/store.ts";
import { webAccess } from "./http/web_access.ts";
import type { Feature } from "./features/feature.ts";
import { type JoinedFeatures, joinFeatures } from "./features/join.ts";
import {
  crossOrigin,
  knownPages,
  renderError,
  renderNotFound,
  validAddress,
} from "./http/border.ts";
import type { Routes } from "./http/env.ts";
import type { JoinNetwork, Network } from "./nodes/join.ts";
import type { Entrance } from "./nodes/entrance.ts";
import { healthRoutes } from "./http/health.ts";
import { createRoutes } from "./http/hono.ts";
import type { ReadStart } from "./http/start.ts";
import { startGuard } from "./http/start_guard.ts";
import type { RunnerOptions } from "./runner_options.ts";
import { createSite, type Site } from "./site.ts";
import type { MakeWay } from "./ways/way.ts";

/** What a host can have: each entry of this package has its own composition. */
export interface Composition {
  /** The ways in, in the order in which `GET /status` shows their transports. */
  readonly ways: readonly MakeWay[];
  /** Reads the body of `POST /start`. */
  readonly readStart: ReadStart;
  /** Lets the runner accept forwarded requests; absent if the host cannot be a media node. */
  readonly joinNetwork?: JoinNetwork;
  /** Makes the features that settings request by themselves, besides those in `use`. */
  readonly features?: (options: RunnerOptions) => readonly Feature[];
}

/**
 * A bot that is served. What else a host does with it is in `runner.ts`: a Worker does none of
 * that.
 */
export interface Composed {
  /** The user's own routes. */
  readonly app: Routes;
  /** The names of its bots, if it has several. */
  readonly bots: readonly string[];
  readonly sessions: SessionSet;
  /** What is served at the root. */
  readonly root: Site;
  /** What is served below the name of each bot. */
  readonly sites: ReadonlyMap<string, Site>;
  /** What others forward, if the host can be a media node. */
  readonly network: Network | undefined;
  readonly features: JoinedFeatures;
  /** Answers a request. WebSockets need the host's {@link Platform}. */
  fetch(request: Request, platform?: Platform): Response | Promise<Response>;
}

/**
 * Puts a bot, or several by name, behind one `fetch`, with the ways in that the host can have.
 *
 * @param options As they were parsed.
 * @throws {RunnerError} `bad_bot_name`, and what its ways throw for wrong settings.
 */
export function compose(
  { ways: makers, readStart, joinNetwork, features: featuresOf }: Composition,
  bot: Bot | Bots,
  options: RunnerOptions,
): Composed {
  const { cliArgs, limits = {}, environment = {}, basePath = "" } = options;
  const { store, answers } = boundedStore(options.store ?? new MemorySessionStore());
  const once = store.once ?? new MemoryOnceStore();
  const joined = joinFeatures([...(options.use ?? []), ...(featuresOf?.(options) ?? [])]);
  const { features, monitor, tapped } = joined;
  const fileStorage = features.find((feature) => feature.fileStorage)?.fileStorage;
  const sessions = new SessionSet({
    limits,
    ...(cliArgs ? { cliArgs } : {}),
    ...(fileStorage ? { fileStorage } : {}),
    ...(monitor ? { monitor } : {}),
  });
  const app = userApp(options.app);
  const access = webAccess(options);
  const health = healthRoutes(sessions, answers, options.readyz);
  const main = createRoutes()
    .onError(renderError)
    .notFound(renderNotFound)
    .use(validAddress)
    // A load balancer calls a runner by names that it does not know, and learns no secret.
    .route("/", health)
    .route(basePath, health)
    .use(knownPages(access), crossOrigin(access));
  const guard = startGuard((options.startToken ?? environment.PIPECAT_START_TOKEN) || undefined);
  const named = namedBots(bot, CARRIER_NAMES);
  const bots = named.flatMap(({ name }) => name ?? []);
  const network = joinNetwork?.({ main, options, sessions, store, guard, bots });
  const enter: Entrance = network?.enter ?? ((request, env) => main.fetch(request, env));
  const shared = {
    sessions,
    once,
    environment,
    guard,
    access,
    options,
    ...(monitor ? { monitor } : {}),
  };
  const siteOf = ({ name, bot }: NamedBot, base: string) =>
    createSite({
      ...shared,
      bot: tapped(bot),
      base,
      ...(name === undefined ? { store } : { name, store: storeOf(store, name) }),
    }, { makers, readStart, features, app, ...(bots.length > 0 ? { bots } : {}) });
  const [first] = named as [NamedBot]; // there is one, or namedBots has thrown
  const root = siteOf(first, basePath);
  const sites = new Map<string, Site>();
  for (const each of named) {
    if (each.name === undefined) continue;
    const path = `${basePath}/${each.name}`;
    const site = siteOf(each, path);
    sites.set(each.name, site);
    main.get(`${path}/`, (c) => c.redirect(path)).route(path, site.routes);
  }
  if (basePath !== "") main.get(`${basePath}/`, (c) => c.redirect(basePath));
  main.route(basePath, root.routes);

  return {
    app,
    bots,
    sessions,
    root,
    sites,
    network,
    features: joined,
    fetch(request, platform) {
      network?.begin();
      const watched = monitor ? { monitor, receivedAt: performance.now() } : {};
      const host = platform ? { platform } : {};
      const client = () => clientAddress(request, platform, options);
      const answer: AnswerRequest = (known) =>
        enter(request, { ...host, client, ...watched, ...known });
      return monitor?.request ? monitor.request(request, answer) : answer();
    },
  };
}

/** The user's own routes, which know the session that they are called below. */
function userApp(routes?: Routes): Routes {
  const app = createRoutes()
    .onError(renderError)
    .notFound(renderNotFound)
    .use(async (c, next) => {
      c.set("session", c.env.session);
      await next();
    });
  if (routes) app.route("/", routes);
  return app;
}

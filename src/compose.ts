/**
 * Joins a bot, ways in and features behind one web-standard `fetch`.
 *
 * @module
 */
import type { Hono } from "hono";
import type { Bot, RunnerArguments } from "./core/bot.ts";
import { boundedStore, storeHealth } from "./core/bounded_store.ts";
import { clientAddress } from "./core/client_address.ts";
import { Sessions } from "./core/session.ts";
import { MemorySessionStore } from "./core/store.ts";
import { webAccess } from "./core/web_access.ts";
import { files } from "./features/files.ts";
import { joinFeatures } from "./features/join.ts";
import { page } from "./features/page.ts";
import {
  crossOrigin,
  knownPages,
  renderError,
  renderNotFound,
  soundAddress,
  wrongMethod,
} from "./routes/border.ts";
import type { AppEnv } from "./routes/env.ts";
import type { joinMediaNode } from "./routes/media_node.ts";
import { healthRoutes } from "./routes/health.ts";
import { createRoutes } from "./routes/hono.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { enabledTransports, startRoutes } from "./routes/start.ts";
import { guarded, startGuard } from "./routes/start_guard.ts";
import type { Runner } from "./runner.ts";
import type { RunnerOptions } from "./runner_options.ts";
import type { Kit, MakeWay, Way } from "./ways/way.ts";

/** What a host can have: each entry of this package has a composition of its own. */
export interface Composition {
  /** The ways in, in the order in which `GET /status` shows their transports. */
  readonly ways: readonly MakeWay[];
  /** Lets the runner take what others forward to it; absent where the host can be no media node. */
  readonly mediaNode?: typeof joinMediaNode;
}

/** Puts a bot behind one `fetch`, with the ways in that the host can have. */
export function composeRunner(
  { ways: makers, mediaNode }: Composition,
  bot: Bot,
  options: RunnerOptions,
): Runner {
  const { cliArgs, limits = {}, environment = {}, transport } = options;
  const store = boundedStore(options.store ?? new MemorySessionStore());
  const { features, monitor, tapped, close: closeFeatures } = joinFeatures([
    ...(options.use ?? []),
    ...(options.files ? [files(options.files)] : []),
    ...(options.client ? [page(options.client)] : []),
  ]);
  const sessions = new Sessions({
    limits,
    ...(cliArgs ? { cliArgs } : {}),
    ...(monitor ? { monitor } : {}),
  });
  const app = userApp(options.app);
  const access = webAccess(options);
  const main = createRoutes()
    .onError(renderError)
    .notFound(renderNotFound)
    .use(soundAddress)
    // A load balancer calls a runner by names that it does not know, and learns no secret.
    .route("/", healthRoutes(sessions, storeHealth(store)))
    .all("/livez", wrongMethod("GET"))
    .all("/readyz", wrongMethod("GET"))
    .use(knownPages(access), crossOrigin(access));
  const guard = startGuard(options.startToken ?? environment.PIPECAT_START_TOKEN);
  main.on("POST", "/start", guarded(guard));
  const enter = mediaNode?.(main, options) ?? ((request, env) => main.fetch(request, env));

  const sessionOf = ({ sessionId: id, transport, body, signal }: RunnerArguments) =>
    sessions.get(id) ?? { id, transport, body, signal };
  const kit: Kit = {
    bot: tapped(bot, sessionOf),
    sessions,
    store,
    environment,
    guard,
    access,
    options,
    ...(monitor ? { monitor } : {}),
  };
  const ways: Way[] = makers.flatMap((make) => make(kit) ?? []);
  const own = ways.flatMap(({ sessionRoutes }) => sessionRoutes ?? []);
  const starters = Object.assign({}, ...ways.map((way) => way.starters));
  const startable = { starters, sessions, ...(transport ? { transport } : {}) };

  for (const { routes } of ways) if (routes) main.route("/", routes);
  main.route("/", startRoutes(startable))
    .all("/start", wrongMethod("POST"))
    .all("/status", wrongMethod("GET"))
    .route("/", sessionRoutes({ sessions, store, own, app }));
  for (const { routes } of features) if (routes) main.route("/", routes);
  main.all("*", (c) => app.fetch(c.req.raw, c.env));

  const end = async () => {
    await Promise.all([...ways.map((way) => way.close?.()), sessions.close()]);
    await closeFeatures();
  };
  let ending: Promise<void> | undefined;
  const close = () => ending ??= end();
  return {
    app,
    transports: enabledTransports(startable),
    sessions,
    fetch(request, platform) {
      const watched = monitor ? { monitor, receivedAt: performance.now() } : {};
      const host = platform ? { platform } : {};
      const client = () => clientAddress(request, platform, options);
      const answer = () => enter(request, { ...host, client, ...watched });
      return monitor?.request ? monitor.request(request, answer) : answer();
    },
    async drain({ deadline } = {}) {
      await sessions.drain(deadline);
      await close();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The user's own routes, which know the session that they are called below. */
function userApp(routes?: Hono<AppEnv>): Hono<AppEnv> {
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

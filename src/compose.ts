/**
 * Joins a bot, ways in and features behind one web-standard `fetch`.
 *
 * @module
 */
import type { Bot, TransportName } from "./core/bot.ts";
import { type Bots, type NamedBot, namedBots, storeOf } from "./sessions/bots.ts";
import { CARRIER_NAMES } from "./core/transport_names.ts";
import { boundedStore } from "./sessions/bounded_store.ts";
import { clientAddress } from "./core/client_address.ts";
import { MemoryOnceStore } from "./sessions/once.ts";
import type { RunningSessions } from "./sessions/session.ts";
import { DRAIN_MS, SessionSet } from "./sessions/session_set.ts";
import { RunnerError } from "./core/error.ts";
import type { DialledCall, DialOptions } from "./core/phone_call.ts";
import type { AnswerRequest } from "./core/monitor.ts";
import type { Platform } from "./core/platform.ts";
import { MemorySessionStore } from "./sessions/store.ts";
import { webAccess } from "./http/web_access.ts";
import type { Feature } from "./features/feature.ts";
import { joinFeatures } from "./features/join.ts";
import {
  crossOrigin,
  knownPages,
  renderError,
  renderNotFound,
  validAddress,
} from "./http/border.ts";
import type { Routes } from "./http/env.ts";
import type { JoinNetwork } from "./nodes/join.ts";
import type { Entrance } from "./nodes/entrance.ts";
import { healthRoutes } from "./http/health.ts";
import { createRoutes } from "./http/hono.ts";
import type { ReadStart } from "./http/start.ts";
import { startGuard } from "./http/start_guard.ts";
import type { RunnerOptions } from "./runner_options.ts";
import { createSite, type Site } from "./site.ts";
import type { MakeWay } from "./ways/way.ts";

/** A bot behind one `fetch`. */
export interface Runner extends AsyncDisposable {
  /** The user's own routes; add more at any time before the first request. */
  readonly app: Routes;
  /** The transports that `POST /start` takes, in the order of `GET /status`. */
  readonly transports: readonly TransportName[];
  /** The names of its bots, where it has several: each is served below its own, as at `/sales/start`. */
  readonly bots: readonly string[];
  /** The sessions that run now. */
  readonly sessions: RunningSessions;
  /**
   * Dials a call: whoever answers talks to the bot, which finds `outbound` in
   * `args.callData.direction`. It needs a `publicUrl`, at which the carrier asks what to do, and the
   * carrier's secrets.
   *
   * @param options.bot The name of the bot, where the runner has several. Default: the first.
   * @throws {RunnerError} `bad_number`, `number_not_allowed` (see `dialPrefixes`), `no_public_url`,
   * `no_credentials`, `carrier_cannot`, `transport_disabled`, `dial_off`; `dial_failed` with the
   * carrier's own code; `dial_uncertain` when the carrier has not answered, and the phone may ring.
   *
   * @example
   * ```ts ignore
   * const runner = createRunner(bot, { publicUrl: "https://bot.example.com", environment });
   * const to = "+15551234567";
   * const { sessionId } = await runner.dial({ transport: "twilio", to, from, body: { name: "Ann" } });
   * ```
   */
  dial(options: DialOptions & { readonly bot?: string | undefined }): Promise<DialledCall>;
  /**
   * Resolves when the carriers' secrets are known to be good, which else the first request for one tells.
   *
   * @throws {RunnerError} for a secret that is wrong, such as `bad_public_key`.
   */
  ready(): Promise<void>;
  /** Answers a request. WebSockets need the host's {@link Platform}. */
  fetch(request: Request, platform?: Platform): Response | Promise<Response>;
  /**
   * Refuses new sessions with a 503, or with words on the phone, and waits for the others to end by
   * themselves: those that run, and those that were promised. At the deadline the rest is ended.
   */
  drain(options?: DrainOptions): Promise<void>;
  /** Ends all sessions and refuses new ones; resolves when every bot has returned. */
  close(): Promise<void>;
}

/** How to drain. */
export interface DrainOptions {
  /** How long to wait, in ms. Default: 25000. */
  readonly deadlineMs?: number | undefined;
}

/** What a host can have: each entry of this package has a composition of its own. */
export interface Composition {
  /** The ways in, in the order in which `GET /status` shows their transports. */
  readonly ways: readonly MakeWay[];
  /** Reads what `POST /start` asks for. */
  readonly readStart: ReadStart;
  /** Lets the runner take what others forward to it; absent where the host can be no media node. */
  readonly joinNetwork?: JoinNetwork;
  /** Makes the features that settings ask for by themselves, beside those in `use`. */
  readonly features?: (options: RunnerOptions) => readonly Feature[];
}

/**
 * Puts a bot, or several by name, behind one `fetch`, with the ways in that the host can have.
 *
 * @param options As they were parsed.
 * @throws {RunnerError} `bad_bot_name`, and what its ways in throw for settings that are wrong.
 */
export function composeRunner(
  { ways: makers, readStart, joinNetwork, features: featuresOf }: Composition,
  bot: Bot | Bots,
  options: RunnerOptions,
): Runner {
  const { cliArgs, limits = {}, environment = {}, basePath = "" } = options;
  const { store, answers } = boundedStore(options.store ?? new MemorySessionStore());
  const once = store.once ?? new MemoryOnceStore();
  const { features, monitor, tapped, close: closeFeatures } = joinFeatures([
    ...(options.use ?? []),
    ...(featuresOf?.(options) ?? []),
  ]);
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
  const sites = [root];
  const byName = new Map<string, Site>();
  for (const each of named) {
    if (each.name === undefined) continue;
    const path = `${basePath}/${each.name}`;
    const site = siteOf(each, path);
    sites.push(site);
    byName.set(each.name, site);
    main.get(`${path}/`, (c) => c.redirect(path)).route(path, site.routes);
  }
  if (basePath !== "") main.get(`${basePath}/`, (c) => c.redirect(basePath));
  main.route(basePath, root.routes);

  const end = async () => {
    await network?.close(); // first, so that no other process relies on this one
    await Promise.all([...sites.map((site) => site.close()), sessions.close()]);
    await closeFeatures();
  };
  let ending: Promise<void> | undefined;
  const close = () => ending ??= end();
  return {
    app,
    transports: root.transports,
    bots,
    sessions,
    async dial({ bot, ...order }) {
      const site = bot === undefined ? root : byName.get(bot);
      if (!site) throw new RunnerError("bad_bot_name", "There is no bot of this name.");
      if (!site.dial) {
        throw new RunnerError(
          "transport_disabled",
          "No carrier is enabled here, so none can dial.",
        );
      }
      const { publicUrl } = options;
      return await site.dial(order, publicUrl === undefined ? undefined : new URL(publicUrl));
    },
    fetch(request, platform) {
      network?.begin();
      const watched = monitor ? { monitor, receivedAt: performance.now() } : {};
      const host = platform ? { platform } : {};
      const client = () => clientAddress(request, platform, options);
      const answer: AnswerRequest = (known) =>
        enter(request, { ...host, client, ...watched, ...known });
      return monitor?.request ? monitor.request(request, answer) : answer();
    },
    async ready() {
      network?.begin();
      await root.ready(); // the others have the same secrets
    },
    async drain({ deadlineMs = DRAIN_MS } = {}) {
      const until = performance.now() + deadlineMs;
      await sessions.drain(deadlineMs);
      const left = until - performance.now();
      await Promise.all([network?.idle(left), ...sites.map((site) => site.idle(left))]);
      await close();
    },
    close,
    [Symbol.asyncDispose]: close,
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

/**
 * Puts a bot behind one web-standard `fetch`.
 *
 * @module
 */
import type { Hono } from "hono";
import { CARRIERS } from "./carriers/mod.ts";
import type { Bot, TransportName } from "./core/bot.ts";
import { RunnerError } from "./core/error.ts";
import { clientAddress } from "./core/client_address.ts";
import type { Platform } from "./core/platform.ts";
import { createProvider } from "./core/provider.ts";
import { Sessions } from "./core/session.ts";
import { MemorySessionStore } from "./core/store.ts";
import {
  crossOrigin,
  knownOrigin,
  renderError,
  renderNotFound,
  soundAddress,
  wrongMethod,
} from "./routes/border.ts";
import { clientRoutes } from "./routes/client.ts";
import { dailyAccount } from "./rooms/daily_account.ts";
import { hasLiveKitAccount, liveKitAccount } from "./rooms/livekit.ts";
import { dailyRoutes, dailyStarter, dialinRoutes } from "./routes/daily.ts";
import type { AppEnv } from "./routes/env.ts";
import { fileRoutes } from "./routes/files.ts";
import { healthRoutes } from "./routes/health.ts";
import { createRoutes } from "./routes/hono.ts";
import { livekitStarter } from "./routes/livekit.ts";
import { offerRoutes, webrtcStarter } from "./routes/offer.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { guarded, startGuard } from "./routes/start_guard.ts";
import { enabledTransports, type Starter, startRoutes } from "./routes/start.ts";
import { telephonyRoutes, telephonyStarter } from "./routes/telephony.ts";
import { ownVisit } from "./routes/visit.ts";
import { webhookRoute } from "./routes/webhooks.ts";
import { websocketRoutes, websocketStarter } from "./routes/websocket.ts";
import { whatsappRoutes } from "./routes/whatsapp.ts";
import { whatsAppAccount } from "./whatsapp/account.ts";
import { joinMediaNetwork } from "./media_network.ts";
import type { RunnerOptions } from "./runner_options.ts";
import { type WhatsAppCalls, whatsAppCalls } from "./whatsapp/calls.ts";

export type { DailyOptions, RunnerOptions } from "./runner_options.ts";

/** A bot behind one `fetch`. */
export interface Runner {
  /** The user's own routes; add more at any time before the first request. */
  readonly app: Hono<AppEnv>;
  /** The transports that `POST /start` takes, in the order of `GET /status`. */
  readonly transports: readonly TransportName[];
  /** The sessions that run now. */
  readonly sessions: Sessions;
  /** Answers a request. WebSockets need the host's {@link Platform}. */
  fetch(request: Request, platform?: Platform): Response | Promise<Response>;
  /**
   * Refuses new sessions with a 503, or with words on the phone, and waits for the others to end by
   * themselves: those that run, and those that were promised. At the deadline the rest is ended.
   *
   * @param options.deadline How long to wait, in ms; 25 s unless given.
   */
  drain(options?: DrainOptions): Promise<void>;
  /** Ends all sessions and refuses new ones; resolves when every bot has returned. */
  close(): Promise<void>;
}

/** How to drain. */
export interface DrainOptions {
  /** How long to wait, in ms; 25 s unless given. */
  readonly deadline?: number | undefined;
}

/**
 * Puts a bot behind one `fetch`.
 *
 * @example
 * ```ts
 * import { createRunner } from "@pipecat/runner";
 *
 * const runner = createRunner(async ({ sessionId }) => console.log("hello", sessionId));
 * const response = await runner.fetch(new Request("http://localhost/status"));
 * console.log(await response.json()); // { status: "ready", transports: […] }
 * await runner.close();
 * ```
 */
export function createRunner(bot: Bot, options: RunnerOptions = {}): Runner {
  const { allowedOrigins = [], publicUrl, store = new MemorySessionStore() } = options;
  const { cliArgs, monitor, limits = {} } = options;
  const sessions = new Sessions({
    limits,
    ...(cliArgs ? { cliArgs } : {}),
    ...(monitor ? { monitor } : {}),
  });
  const app = userApp(options.app);
  const starters: Partial<Record<TransportName, Starter>> = {};
  const main = createRoutes()
    .use(crossOrigin(allowedOrigins), soundAddress, knownOrigin(allowedOrigins, publicUrl))
    .onError(renderError)
    .notFound(renderNotFound);

  const { environment = {} } = options;
  const guard = startGuard(options.startToken ?? environment.PIPECAT_START_TOKEN);
  main.on("POST", ["/start", "/api/offer"], guarded(guard));
  const { enter, starter } = joinMediaNetwork(main, sessions, options);
  let offers: Hono<AppEnv> | undefined;
  // Bundlers for Workers know this name, and so leave WebRTC out: no Worker has it.
  if (navigator.userAgent !== "Cloudflare-Workers" && options.webrtc) {
    starters.webrtc = webrtcStarter(store, options.iceServers);
    offers = offerRoutes({ bot, peers: options.webrtc, sessions, store })
      .all("/api/offer", wrongMethod("POST", "PATCH"))
      .onError(renderError);
    main.route("/", offers);
  }
  if (starter) starters.webrtc = starter(starters.webrtc);

  const { transport, wsAuth = "none", trustForwarded = false } = options;
  const sockets = { store, wsAuth, trustForwarded, ...(publicUrl ? { publicUrl } : {}) };
  if (!transport || transport === "websocket") {
    starters.websocket = websocketStarter(sockets);
    main.route("/", websocketRoutes({ ...sockets, bot, sessions, guard }));
  }
  const { onCall } = options;
  if (transport === "daily" || (!transport && environment.DAILY_API_KEY)) {
    const { dialin = transport === "daily", roomEnd, properties } = options.daily ?? {};
    const daily = { bot, sessions, environment, roomEnd };
    starters.daily = dailyStarter({ ...daily, properties });
    main.use("/daily", ownVisit({ ...sockets, allowedOrigins }), guarded(guard))
      .route("/", dailyRoutes(daily)).all("/daily", wrongMethod("GET"));
    if (dialin) {
      main.route("/", dialinRoutes(daily)).all("/daily-dialin-webhook", wrongMethod("POST"));
    }
  }
  if (transport === "livekit" || (!transport && hasLiveKitAccount(environment))) {
    starters.livekit = livekitStarter({ bot, sessions, environment, rtc: options.livekit });
  }
  const whatsapp = options.whatsapp ? takeWhatsApp(bot, sessions, options) : undefined;
  if (whatsapp) main.route("/", whatsapp.routes).all("/whatsapp", wrongMethod("GET", "POST"));
  const providers = Object.values(CARRIERS)
    .filter(({ name }) => !transport || name === transport)
    .map((carrier) => createProvider(carrier, environment));
  for (const provider of providers) {
    const { name } = provider.carrier;
    starters[name] = telephonyStarter(name, sockets);
    const webhooks = { ...sockets, sessions, ...(onCall ? { onCall } : {}) };
    main.route("/", webhookRoute(`/${name}`, provider, webhooks))
      .all(`/${name}`, wrongMethod("GET", "POST"));
    if (name === transport) main.route("/", webhookRoute("/", provider, webhooks));
  }
  if (providers.length > 0) {
    main.route("/", telephonyRoutes({ ...sockets, bot, sessions, providers }))
      .all("/ws/:token?", wrongMethod("GET"));
  }
  const accounts = {
    daily: () => dailyAccount(environment),
    livekit: () => liveKitAccount(environment),
  };
  const startable = { starters, accounts, sessions, ...(transport ? { transport } : {}) };
  main.route("/", healthRoutes(sessions))
    .all("/livez", wrongMethod("GET"))
    .all("/readyz", wrongMethod("GET"))
    .route("/", startRoutes(startable))
    .all("/start", wrongMethod("POST"))
    .all("/status", wrongMethod("GET"))
    .route("/", sessionRoutes({ sessions, store, app, ...(offers ? { offers } : {}) }));
  const { client } = options;
  if (client) {
    const load = typeof client === "function" ? client : () => Promise.resolve(client);
    main.route("/", clientRoutes(load));
  }
  if (options.files) main.route("/", fileRoutes(options.files));
  main.all("*", (c) => app.fetch(c.req.raw, c.env));

  const close = async () => {
    await Promise.all([whatsapp?.calls.close(), sessions.close()]);
  };
  return {
    app,
    transports: enabledTransports(startable),
    sessions,
    fetch(request, platform) {
      const watched = monitor ? { monitor, receivedAt: performance.now() } : {};
      const host = platform ? { platform } : {};
      const client = () => clientAddress(request, platform, sockets);
      const answer = () => enter(request, { ...host, client, ...watched });
      return monitor?.request ? monitor.request(request, answer) : answer();
    },
    async drain({ deadline } = {}) {
      await sessions.drain(deadline);
      await close();
    },
    close,
  };
}

function takeWhatsApp(
  bot: Bot,
  sessions: Sessions,
  { webrtc: peers, environment = {}, monitor }: RunnerOptions,
): { readonly calls: WhatsAppCalls; readonly routes: Hono<AppEnv> } {
  if (navigator.userAgent !== "Cloudflare-Workers" && peers) {
    const account = whatsAppAccount(environment);
    const calls = whatsAppCalls({ account, bot, peers, sessions, monitor });
    return { calls, routes: whatsappRoutes({ account, calls }) };
  }
  throw new RunnerError("no_webrtc", "WhatsApp calls need WebRTC, which is off here.");
}

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

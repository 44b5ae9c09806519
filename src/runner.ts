/**
 * Puts a bot behind one web-standard `fetch`.
 *
 * @module
 */
import { Hono } from "hono";
import { CARRIERS } from "./carriers/mod.ts";
import { type Bot, CARRIER_NAMES, type TransportName } from "./core/bot.ts";
import type { Environment } from "./core/carrier.ts";
import { RunnerError } from "./core/error.ts";
import type { OnCall } from "./core/incoming_call.ts";
import type { LiveKitRtc } from "./core/livekit.ts";
import type { IceServer, PeerFactory } from "./core/peer.ts";
import type { FileFolder, Platform } from "./core/platform.ts";
import { createProvider } from "./core/provider.ts";
import { Sessions } from "./core/session.ts";
import { MemorySessionStore, type SessionStore } from "./core/store.ts";
import {
  crossOrigin,
  knownOrigin,
  renderError,
  renderNotFound,
  wrongMethod,
} from "./routes/border.ts";
import { type ClientAssets, clientRoutes } from "./routes/client.ts";
import { dailyAccount } from "./rooms/daily_account.ts";
import type { DailyRoomEnd } from "./rooms/daily_session.ts";
import { hasLiveKitAccount, liveKitAccount } from "./rooms/livekit.ts";
import { dailyRoutes, dailyStarter, dialinRoutes } from "./routes/daily.ts";
import type { AppEnv } from "./routes/env.ts";
import { fileRoutes } from "./routes/files.ts";
import { livekitStarter } from "./routes/livekit.ts";
import { offerRoutes, webrtcStarter } from "./routes/offer.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { enabledTransports, type Starter, startRoutes } from "./routes/start.ts";
import { telephonyRoutes, telephonyStarter } from "./routes/telephony.ts";
import { webhookRoute } from "./routes/webhooks.ts";
import { websocketRoutes, websocketStarter } from "./routes/websocket.ts";
import { whatsappRoutes } from "./routes/whatsapp.ts";
import { whatsAppAccount } from "./whatsapp/account.ts";
import { type WhatsAppCalls, whatsAppCalls } from "./whatsapp/calls.ts";

/** Settings of a {@link Runner}; every one has a default. */
export interface RunnerOptions {
  /** The WebRTC stack. Without one, WebRTC is off. */
  readonly webrtc?: PeerFactory;
  /** Restricts the runner to one transport, which is then the default of `POST /start`. */
  readonly transport?: TransportName;
  /** STUN and TURN servers that are handed to clients. */
  readonly iceServers?: readonly IceServer[];
  /** Origins whose pages may use the runner; any, unless given. */
  readonly allowedOrigins?: readonly string[];
  /** The origin under which the world reaches the runner, such as `https://bot.example.com`. */
  readonly publicUrl?: string;
  /**
   * `token` refuses WebSockets that do not bring the one-time token of `POST /start`; `none`, unless
   * given, takes them all.
   */
  readonly wsAuth?: "none" | "token";
  /**
   * Believes `X-Forwarded-Proto` and `X-Forwarded-Host` when there is no `publicUrl`. Only right
   * behind a proxy that sets them itself, for anybody can send them.
   */
  readonly trustForwarded?: boolean;
  /**
   * The carriers' secrets, by the names that they have in the environment, such as
   * `TWILIO_AUTH_TOKEN`. A carrier's requests are checked as soon as its secret is there, and Daily
   * is on as soon as `DAILY_API_KEY` is.
   */
  readonly environment?: Environment;
  /** How Daily's rooms are used. */
  readonly daily?: DailyOptions;
  /**
   * Loads `@livekit/rtc-node`, the media library for LiveKit; without it bots are given the room and
   * a token, and have to join by themselves. LiveKit is on as soon as
   * `LIVEKIT_URL`, `LIVEKIT_API_KEY` and `LIVEKIT_API_SECRET` are there.
   */
  readonly livekit?: () => Promise<LiveKitRtc>;
  /**
   * Whether WhatsApp calls are taken, at `/whatsapp`; not unless given. It needs `webrtc`, and
   * `WHATSAPP_APP_SECRET`, `WHATSAPP_PHONE_NUMBER_ID`, `WHATSAPP_TOKEN` and
   * `WHATSAPP_WEBHOOK_VERIFICATION_TOKEN`. The bot finds a {@link WhatsAppCall} in its `body`.
   */
  readonly whatsapp?: boolean;
  /** Decides on every phone call before it is answered; all are answered unless given. */
  readonly onCall?: OnCall;
  /**
   * The page at `/client/`: its files, or what loads them when they are first asked for. Without one,
   * or with `false`, there is no page.
   */
  readonly client?: ClientAssets | (() => Promise<ClientAssets>) | false;
  /** What `GET /files/*` serves. Without one the route is a 404. */
  readonly files?: FileFolder;
  /** Where sessions wait for their media; in this process unless given. */
  readonly store?: SessionStore;
  /** The user's own routes, served at `/` and at `/sessions/:id/`. */
  readonly app?: Hono<AppEnv>;
  /** The bot's own flags, handed to it as `cliArgs`. */
  readonly cliArgs?: Readonly<Record<string, unknown>>;
}

/** How Daily's rooms are used. */
export interface DailyOptions {
  /**
   * Whether phone calls are taken at `/daily-dialin-webhook`; unless given, only if the runner serves
   * nothing but Daily.
   */
  readonly dialin?: boolean;
  /** What becomes of a room when its session ends; it is left to expire unless given. */
  readonly roomEnd?: DailyRoomEnd;
}

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
  /** Ends all sessions and refuses new ones; resolves when every bot has returned. */
  close(): Promise<void>;
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
  const sessions = new Sessions(options.cliArgs ? { cliArgs: options.cliArgs } : {});
  const app = userApp(options.app);
  const starters: Partial<Record<TransportName, Starter>> = {};
  const main = new Hono<AppEnv>()
    .use(crossOrigin(allowedOrigins), knownOrigin(allowedOrigins, publicUrl))
    .onError(renderError)
    .notFound(renderNotFound);

  let offers: Hono<AppEnv> | undefined;
  if (options.webrtc) {
    starters.webrtc = webrtcStarter(store, options.iceServers);
    offers = offerRoutes({ bot, peers: options.webrtc, sessions, store })
      .all("/api/offer", wrongMethod("POST", "PATCH"))
      .onError(renderError);
    main.route("/", offers);
  }

  const { transport, wsAuth = "none", trustForwarded = false } = options;
  const sockets = { store, wsAuth, trustForwarded, ...(publicUrl ? { publicUrl } : {}) };
  if (!transport || transport === "websocket") {
    starters.websocket = websocketStarter(sockets);
    main.route("/", websocketRoutes({ ...sockets, bot, sessions }));
  }
  const { environment = {}, onCall } = options;
  if (transport === "daily" || (!transport && environment.DAILY_API_KEY)) {
    const { dialin = transport === "daily", roomEnd } = options.daily ?? {};
    const daily = { bot, sessions, environment, roomEnd };
    starters.daily = dailyStarter(daily);
    main.route("/", dailyRoutes(daily)).all("/daily", wrongMethod("GET"));
    if (dialin) {
      main.route("/", dialinRoutes(daily)).all("/daily-dialin-webhook", wrongMethod("POST"));
    }
  }
  if (transport === "livekit" || (!transport && hasLiveKitAccount(environment))) {
    starters.livekit = livekitStarter({ bot, sessions, environment, rtc: options.livekit });
  }
  const whatsapp = options.whatsapp ? takeWhatsApp(bot, sessions, options) : undefined;
  if (whatsapp) main.route("/", whatsapp.routes).all("/whatsapp", wrongMethod("GET", "POST"));
  const providers = CARRIER_NAMES.filter((name) => !transport || name === transport)
    .map((name) => createProvider(CARRIERS[name], environment));
  for (const provider of providers) {
    const { name } = provider.carrier;
    starters[name] = telephonyStarter(name, sockets);
    const webhooks = { ...sockets, ...(onCall ? { onCall } : {}) };
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
  const startable = { starters, accounts, ...(transport ? { transport } : {}) };
  main.route("/", startRoutes(startable))
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

  return {
    app,
    transports: enabledTransports(startable),
    sessions,
    fetch: (request, platform) => main.fetch(request, platform ? { platform } : {}),
    async close() {
      await Promise.all([whatsapp?.calls.close(), sessions.close()]);
    },
  };
}

function takeWhatsApp(
  bot: Bot,
  sessions: Sessions,
  { webrtc: peers, environment = {} }: RunnerOptions,
): { readonly calls: WhatsAppCalls; readonly routes: Hono<AppEnv> } {
  const account = whatsAppAccount(environment);
  if (!peers) throw new RunnerError("no_webrtc", "WhatsApp calls need WebRTC, which is off here.");
  const calls = whatsAppCalls({ account, bot, peers, sessions });
  return { calls, routes: whatsappRoutes({ account, calls }) };
}

function userApp(routes?: Hono<AppEnv>): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
    .onError(renderError)
    .notFound(renderNotFound)
    .use(async (c, next) => {
      c.set("session", c.env.session);
      await next();
    });
  if (routes) app.route("/", routes);
  return app;
}

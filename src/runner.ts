/**
 * Puts a bot behind one web-standard `fetch`.
 *
 * @module
 */
import { Hono } from "hono";
import type { Bot, TransportName } from "./core/bot.ts";
import type { IceServer, PeerFactory } from "./core/peer.ts";
import type { FileFolder, Platform } from "./core/platform.ts";
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
import type { AppEnv } from "./routes/env.ts";
import { fileRoutes } from "./routes/files.ts";
import { offerRoutes, webrtcStarter } from "./routes/offer.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { enabledTransports, type Starter, startRoutes } from "./routes/start.ts";

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
  /** The page at `/client/`, loaded when first asked for. Without one there is no page. */
  readonly client?: () => Promise<ClientAssets>;
  /** What `GET /files/*` serves. Without one the route is a 404. */
  readonly files?: FileFolder;
  /** Where sessions wait for their media; in this process unless given. */
  readonly store?: SessionStore;
  /** The user's own routes, served at `/` and at `/sessions/:id/`. */
  readonly app?: Hono<AppEnv>;
  /** The bot's own flags, handed to it as `cliArgs`. */
  readonly cliArgs?: Readonly<Record<string, unknown>>;
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

  const { transport } = options;
  const startable = { starters, ...(transport ? { transport } : {}) };
  main.route("/", startRoutes(startable))
    .all("/start", wrongMethod("POST"))
    .all("/status", wrongMethod("GET"))
    .route("/", sessionRoutes({ sessions, store, app, ...(offers ? { offers } : {}) }));
  if (options.client) main.route("/", clientRoutes(options.client));
  if (options.files) main.route("/", fileRoutes(options.files));
  main.all("*", (c) => app.fetch(c.req.raw, c.env));

  return {
    app,
    transports: enabledTransports(startable),
    sessions,
    fetch: (request, platform) => main.fetch(request, platform ? { platform } : {}),
    close: () => sessions.close(),
  };
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

/**
 * The settings of a runner.
 *
 * @module
 */
import type { Hono } from "hono";
import type { TelephonyTransportName, TransportName } from "./core/bot.ts";
import type { Environment } from "./core/carrier.ts";
import type { OnCall } from "./core/incoming_call.ts";
import type { Limits } from "./core/limits.ts";
import type { LiveKitRtc } from "./core/livekit.ts";
import type { IceServer, PeerFactory } from "./core/peer.ts";
import type { FileFolder } from "./core/platform.ts";
import type { SessionStore } from "./core/store.ts";
import type { Feature } from "./features/feature.ts";
import type { MediaNetworkOptions } from "./routes/media_node.ts";
import type { DailyRoomEnd } from "./rooms/daily_session.ts";
import type { DailyOpenProperties } from "./rooms/daily_wishes.ts";
import type { ClientAssets } from "./routes/client.ts";
import type { AppEnv } from "./routes/env.ts";

/** Settings of a {@link Runner}; every one has a default. */
export interface RunnerOptions extends MediaNetworkOptions {
  /**
   * The WebRTC stack. WebRTC is off without one, and on Deno, Node and Bun, where `serve` has one,
   * with `false`.
   */
  readonly webrtc?: PeerFactory | false;
  /** Restricts the runner to one transport, which is then the default of `POST /start`. */
  readonly transport?: TransportName;
  /** STUN and TURN servers that are handed to clients. The WebRTC stack asks all of them too. */
  readonly iceServers?: readonly IceServer[];
  /**
   * Origins whose pages may use the runner, besides its own; `*` stands for all. Default: those of
   * loopback addresses, such as `http://localhost:5173`, and with a `publicUrl` all.
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * Names by which the runner may be called, besides loopback names, IP addresses and that of
   * `publicUrl`; `*.example.com` stands for all below one. A page that points its own name at this
   * machine is refused so. `serve` adds the name that it listens on, and this machine's. Default of
   * `createRunner`, which listens on none: names are not checked; nor are they with
   * `trustProxy`, where the proxy knows them.
   */
  readonly allowedHosts?: readonly string[];
  /** The origin under which the world reaches the runner, such as `https://bot.example.com`. */
  readonly publicUrl?: string;
  /**
   * `token` refuses WebSockets that do not bring the one-time token of `POST /start`; `none`, unless
   * given, takes them all.
   */
  readonly wsAuth?: "none" | "token";
  /**
   * The token of those who may begin sessions, as `Authorization: Bearer`: at `POST /start`, at
   * `POST /api/offer` and `/ws-client` without a session of `POST /start`, and at `GET /daily`.
   * Comma-separated, several are good. Default: `PIPECAT_START_TOKEN` in `environment`; without one
   * whoever reaches the runner may begin sessions.
   */
  readonly startToken?: string;
  /**
   * Believes `X-Forwarded-Proto` and `X-Forwarded-Host` when there is no `publicUrl`, and the last
   * entry of `X-Forwarded-For`. Only right behind a proxy that sets them itself, for anybody can send
   * them.
   */
  readonly trustProxy?: boolean;
  /**
   * The carriers' secrets, by the names that they have in the environment, such as
   * `TWILIO_AUTH_TOKEN`. A carrier's requests are checked as soon as its secret is there, and Daily
   * is on as soon as `DAILY_API_KEY` is.
   */
  readonly environment?: Environment;
  /**
   * Carriers that are on though nothing proves that a request is theirs; `true` for all. By default,
   * a carrier without a secret is on only while there is no `publicUrl`, no start token and no
   * carrier's secret, or where `transport` names it.
   */
  readonly insecureCarriers?: boolean | readonly TelephonyTransportName[];
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
  /** What the runner does beside talking: metrics, traces, recordings, or what you write. */
  readonly use?: readonly Feature[];
  /** How much is taken on; without limits, whatever comes. */
  readonly limits?: Limits;
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
  /**
   * Which `dailyRoomProperties` and `dailyMeetingTokenProperties` `POST /start` may bring beside the
   * harmless ones, such as `["enable_recording"]`; or all of them, where only trusted programs can
   * start sessions. Others are refused: whoever starts a session could record into a bucket of their
   * own, call out, or give themselves an owner's rights.
   */
  readonly properties?: DailyOpenProperties;
}

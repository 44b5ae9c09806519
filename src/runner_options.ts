/**
 * The settings of a runner.
 *
 * @module
 */
import type { TelephonyTransportName, TransportName } from "./core/bot.ts";
import type { Environment } from "./core/carrier.ts";
import type { OnCall } from "./core/incoming_call.ts";
import type { Limits } from "./sessions/limits.ts";
import type { LiveKitRtc } from "./ways/livekit/rtc.ts";
import type { IceServerSource } from "./core/ice_servers.ts";
import type { IceServer, PeerFactory } from "./core/peer.ts";
import type { FileFolder } from "./core/platform.ts";
import type { SessionStore } from "./sessions/store.ts";
import type { Feature } from "./features/feature.ts";
import type { MediaNetworkOptions } from "./nodes/network.ts";
import type { DialPrefixes } from "./ways/phone/destination.ts";
import type { DailyRoomEnd } from "./ways/daily/session.ts";
import type { DailyOpenProperties } from "./ways/daily/wishes.ts";
import type { ClientAssets } from "./http/client.ts";
import type { Routes } from "./http/env.ts";
import type { ReadyCheck } from "./http/health.ts";

/**
 * Settings of a {@link Runner}. An option that is absent or `undefined` has its default. `false`
 * turns off what can be off, whatever the default.
 */
export interface RunnerOptions extends MediaNetworkOptions {
  /**
   * The WebRTC stack; `false` turns WebRTC off. Default: that of `serve` on Deno, Node and Bun, else
   * false.
   */
  readonly webrtc?: PeerFactory | false;
  /** The only transport to serve, and the one that `POST /start` then means. Default: all. */
  readonly transport?: TransportName;
  /**
   * STUN and TURN servers for clients; the WebRTC stack uses them, too. A function is called for
   * each `POST /start` and each offer, so that credentials can be short-lived:
   * `@pipecat/runner/ice` has some. If it takes longer than 2 s, the session begins without its
   * servers, and that is logged. Default: none.
   */
  readonly iceServers?: readonly IceServer[] | IceServerSource;
  /**
   * Origins whose pages may use the runner, besides its own, such as `https://app.example.com`; `*`
   * means all. Default: those of loopback addresses, such as `http://localhost:5173`; with a
   * `publicUrl`, all.
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * Host names that the runner answers to, besides loopback names, IP addresses and that of
   * `publicUrl`; `*.example.com` means all names below one. This refuses pages that point their own
   * name at this machine. `serve` adds the name that it listens on, and this machine's. Default
   * with `createRunner`, which listens on none, and with `trustProxy`, where the proxy knows the
   * names: names are not checked.
   */
  readonly allowedHosts?: readonly string[];
  /**
   * The runner's public origin, such as `https://bot.example.com`; without a scheme, `https:` is
   * assumed. Default: the runner has no public address.
   */
  readonly publicUrl?: string;
  /**
   * The path below which everything is served, such as `/voice`: `/voice/start`, `/voice/client/`.
   * A proxy in front must not strip it. Runners that forward to each other have the same path.
   * Default: none.
   */
  readonly basePath?: string;
  /**
   * `token` refuses WebSockets that do not bring the one-time token from `POST /start`; `false`
   * accepts all. Default: false.
   */
  readonly wsAuth?: "token" | false;
  /**
   * The token that starts sessions, sent as `Authorization: Bearer`: to `POST /start`; to `POST
   * /dial`, which is off without it; to `POST /api/offer` and `/ws-client` if there was no `POST
   * /start`; and to `GET /daily`. Commas separate several. With `false`, anyone who reaches the
   * runner may start sessions. Default: `PIPECAT_START_TOKEN` in `environment`, else false.
   */
  readonly startToken?: string | false;
  /**
   * Trusts `X-Forwarded-Proto` and `X-Forwarded-Host` if there is no `publicUrl`, and the last
   * entry of `X-Forwarded-For`. Use it only directly behind a proxy that sets them, because anyone
   * can send them. Default: false.
   */
  readonly trustProxy?: boolean;
  /**
   * The carriers' secrets, by the names of their environment variables, such as
   * `TWILIO_AUTH_TOKEN`. A carrier's requests are verified if its secret is set; Daily is on if
   * `DAILY_API_KEY` is set. Default: the environment of the process with `serve`, the string
   * bindings on Workers, else none.
   */
  readonly environment?: Environment;
  /**
   * Carriers that are served without verifying their requests; `true` for all. Default: false. Then
   * a carrier without a secret is on only if there is no `publicUrl`, no start token and no other
   * carrier's secret, or if `transport` names it.
   */
  readonly insecureCarriers?: boolean | readonly TelephonyTransportName[];
  /** How Daily's rooms are used. */
  readonly daily?: DailyOptions;
  /**
   * Loads `@livekit/rtc-node`, the media library for LiveKit. With `false`, bots get the room and a
   * token and must join by themselves. LiveKit is on if `LIVEKIT_URL`, `LIVEKIT_API_KEY` and
   * `LIVEKIT_API_SECRET` are set. Default: a function that loads it with `serve`, else false.
   */
  readonly livekit?: (() => Promise<LiveKitRtc>) | false;
  /**
   * Whether to take WhatsApp calls, at `/whatsapp`. Needs `webrtc`, and `WHATSAPP_APP_SECRET`,
   * `WHATSAPP_PHONE_NUMBER_ID`, `WHATSAPP_TOKEN` and `WHATSAPP_WEBHOOK_VERIFICATION_TOKEN`. The
   * bot's `body` is a {@link WhatsAppCall}. Default: false.
   */
  readonly whatsapp?: boolean;
  /**
   * Prefixes of the numbers that may be called, such as `["+1555", "+49"]`, by `POST /dial`, by
   * `dial` and by a transfer. `true` allows all numbers, `false` turns dialling off. Default: for a
   * dialled call, the country of the number to show; for a transfer, all.
   */
  readonly dialPrefixes?: DialPrefixes | false;
  /** Decides on every phone call before it is answered. Default: all calls are answered. */
  readonly onCall?: OnCall;
  /**
   * The page at `/client/`: its files, or a function that loads them on first use. Default: this
   * package's own with `serve`, else false.
   */
  readonly client?: ClientAssets | (() => Promise<ClientAssets>) | false;
  /**
   * Who may run Pipecat's evals, at `/ws`: with `true` anyone who may use the runner, with `false`
   * nobody. They also need the start token, and with `wsAuth` nobody may. Default: programs on this
   * machine, if there is no `publicUrl`.
   */
  readonly evals?: boolean;
  /**
   * The `body` of WebSocket sessions that bring none: evals, carriers' streams, and `/ws-client`
   * without `POST /start`. Default: `{}`; for a carrier, its own parameters.
   */
  readonly runnerBody?: unknown;
  /** The files that `GET /files/*` serves; with `false` the route is a 404. Default: false. */
  readonly files?: FileFolder | false;
  /** Where sessions wait for their media. Default: the memory of this process. */
  readonly store?: SessionStore;
  /** Your own routes, served at `/` and at `/sessions/:id/`. Default: none. */
  readonly app?: Routes;
  /** The bot's own flags, passed to it as `cliArgs`. Default: none. */
  readonly cliArgs?: Readonly<Record<string, unknown>>;
  /**
   * Says whether the bot takes new sessions: if not, or if it throws, `GET /readyz` is a 503. The
   * answer includes what it returns besides `ready`. Default: it does.
   */
  readonly readyz?: ReadyCheck;
  /** Features, such as metrics, traces, recordings, or your own. Default: none. */
  readonly use?: readonly Feature[];
  /** How much the runner takes on. Default: everything, within {@link Limits.startsPerMinute}. */
  readonly limits?: Limits;
}

/** How Daily's rooms are used. */
export interface DailyOptions {
  /**
   * Whether to take phone calls at `/daily-dialin-webhook`. Default: true if the runner serves only
   * Daily.
   */
  readonly dialin?: boolean;
  /** What happens to a room when its session ends. Default: expire. */
  readonly roomEnd?: DailyRoomEnd;
  /**
   * More `dailyRoomProperties` and `dailyMeetingTokenProperties` that `POST /start` may set,
   * besides the harmless ones, such as `["enable_recording"]`; `true` for all, if only trusted
   * programs can start sessions. Others are refused: whoever starts a session could record into
   * their own bucket, dial out, or give themselves an owner's rights. Default: false.
   */
  readonly properties?: DailyOpenProperties;
}

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
 * Settings of a {@link Runner}; every one has a default, which holds where it is absent or
 * `undefined`. `false` turns off what can be off, whatever the default is.
 */
export interface RunnerOptions extends MediaNetworkOptions {
  /**
   * The WebRTC stack; `false` turns WebRTC off. Default: that of `serve` on Deno, Node and Bun, else
   * false.
   */
  readonly webrtc?: PeerFactory | false;
  /** Restricts the runner to one transport, which `POST /start` then means. Default: all. */
  readonly transport?: TransportName;
  /**
   * STUN and TURN servers that are handed to clients. The WebRTC stack asks all of them too. A
   * function is called for each `POST /start` and for each offer, so that credentials may be
   * short-lived: `@pipecat/runner/ice` has some. It may take 2 s; a session whose servers are not
   * told by then begins without them, and that is logged. Default: none.
   */
  readonly iceServers?: readonly IceServer[] | IceServerSource;
  /**
   * Origins whose pages may use the runner, besides its own, such as `https://app.example.com`; `*`
   * stands for all. Default: those of loopback addresses, such as `http://localhost:5173`, and with a
   * `publicUrl` all.
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
  /**
   * The origin under which the world reaches the runner, such as `https://bot.example.com`; without a
   * scheme it is one of `https:`. Default: the runner has no public address.
   */
  readonly publicUrl?: string;
  /**
   * The path below which all is served, such as `/voice`: `/voice/start`, `/voice/client/`. A proxy in
   * front passes it on as it is. Runners that forward to each other have the same. Default: none.
   */
  readonly basePath?: string;
  /**
   * `token` refuses WebSockets that do not bring the one-time token of `POST /start`; `false` takes
   * them all. Default: false.
   */
  readonly wsAuth?: "token" | false;
  /**
   * The token of those who may begin sessions, as `Authorization: Bearer`: at `POST /start`, at
   * `POST /dial`, which is off without, at `POST /api/offer` and `/ws-client` without a session of `POST /start`, and at `GET /daily`.
   * Several are separated by commas. With `false`, whoever reaches the runner may begin sessions.
   * Default: `PIPECAT_START_TOKEN` in `environment`, else false.
   */
  readonly startToken?: string | false;
  /**
   * Believes `X-Forwarded-Proto` and `X-Forwarded-Host` when there is no `publicUrl`, and the last
   * entry of `X-Forwarded-For`. Only right behind a proxy that sets them itself, for anybody can send
   * them. Default: false.
   */
  readonly trustProxy?: boolean;
  /**
   * The carriers' secrets, by the names that they have in the environment, such as
   * `TWILIO_AUTH_TOKEN`. A carrier's requests are checked as soon as its secret is there, and Daily
   * is on as soon as `DAILY_API_KEY` is. Default: the environment of the process with `serve`, the
   * bindings that are texts on Workers, else none.
   */
  readonly environment?: Environment;
  /**
   * Carriers that are on though nothing proves that a request is theirs; `true` for all. Default:
   * false, and then a carrier without a secret is on only while there is no `publicUrl`, no start
   * token and no carrier's secret, or where `transport` names it.
   */
  readonly insecureCarriers?: boolean | readonly TelephonyTransportName[];
  /** How Daily's rooms are used. */
  readonly daily?: DailyOptions;
  /**
   * Loads `@livekit/rtc-node`, the media library for LiveKit; with `false` bots are given the room and
   * a token, and have to join by themselves. LiveKit is on as soon as
   * `LIVEKIT_URL`, `LIVEKIT_API_KEY` and `LIVEKIT_API_SECRET` are there. Default: what loads it with
   * `serve`, else false.
   */
  readonly livekit?: (() => Promise<LiveKitRtc>) | false;
  /**
   * Whether WhatsApp calls are taken, at `/whatsapp`. It needs `webrtc`, and
   * `WHATSAPP_APP_SECRET`, `WHATSAPP_PHONE_NUMBER_ID`, `WHATSAPP_TOKEN` and
   * `WHATSAPP_WEBHOOK_VERIFICATION_TOKEN`. The bot finds a {@link WhatsAppCall} in its `body`.
   * Default: false.
   */
  readonly whatsapp?: boolean;
  /**
   * What the numbers begin with that may be called, such as `["+1555", "+49"]`: by `POST /dial`, by
   * `dial` and by a transfer. `true` allows all, `false` turns dialling off. Default: for a call that is
   * dialled, the country of the number to show; for a transfer all.
   */
  readonly dialPrefixes?: DialPrefixes | false;
  /** Decides on every phone call before it is answered. Default: all are answered. */
  readonly onCall?: OnCall;
  /**
   * The page at `/client/`: its files, or what loads them when they are first asked for. Default: this
   * package's own with `serve`, else false.
   */
  readonly client?: ClientAssets | (() => Promise<ClientAssets>) | false;
  /**
   * Who may run evals of Pipecat's harness, at `/ws`: with `true` whoever may use the runner, and with
   * `false` nobody. A start token is asked for, and with `wsAuth` nobody may. Default: programs on this
   * machine, while there is no `publicUrl`.
   */
  readonly evals?: boolean;
  /**
   * The `body` of sessions that come over a WebSocket with none of their own: evals, streams of
   * carriers, and `/ws-client` without `POST /start`. Default: `{}`, and of a carrier its own
   * parameters.
   */
  readonly runnerBody?: unknown;
  /** What `GET /files/*` serves; with `false` the route is a 404. Default: false. */
  readonly files?: FileFolder | false;
  /** Where sessions wait for their media. Default: the memory of this process. */
  readonly store?: SessionStore;
  /** The user's own routes, served at `/` and at `/sessions/:id/`. Default: none. */
  readonly app?: Routes;
  /** The bot's own flags, handed to it as `cliArgs`. Default: none. */
  readonly cliArgs?: Readonly<Record<string, unknown>>;
  /**
   * Says whether the bot takes new sessions: `GET /readyz` is a 503 while it does not, or throws. What it
   * tells beside `ready` is in the answer. Default: it does.
   */
  readonly readyz?: ReadyCheck;
  /** What the runner does beside talking: metrics, traces, recordings, or what you write. Default: nothing. */
  readonly use?: readonly Feature[];
  /** How much is taken on. Default: whatever comes, but for {@link Limits.startsPerMinute}. */
  readonly limits?: Limits;
}

/** How Daily's rooms are used. */
export interface DailyOptions {
  /**
   * Whether phone calls are taken at `/daily-dialin-webhook`. Default: true where the runner serves
   * nothing but Daily.
   */
  readonly dialin?: boolean;
  /** What becomes of a room when its session ends. Default: expire. */
  readonly roomEnd?: DailyRoomEnd;
  /**
   * Which `dailyRoomProperties` and `dailyMeetingTokenProperties` `POST /start` may bring beside the
   * harmless ones, such as `["enable_recording"]`; `true` for all of them, where only trusted programs
   * can start sessions. Others are refused: whoever starts a session could record into a bucket of
   * their own, call out, or give themselves an owner's rights. Default: false.
   */
  readonly properties?: DailyOpenProperties;
}

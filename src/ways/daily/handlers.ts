/**
 * Daily rooms: the starter, `GET /daily`, and the webhook of phone calls.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import * as z from "../../core/zod.ts";
import type { Context, Handler } from "hono";
import type { Environment } from "../../core/carrier.ts";
import { RunnerError } from "../../core/error.ts";
import { firstAnswer } from "../../sessions/first_answer.ts";
import { sha256 } from "../../core/hash.ts";
import type { OnceStore } from "../../sessions/once.ts";
import { useSignature } from "../../sessions/replay.ts";
import {
  configureDaily,
  configureDailyMeeting,
  type ConfigureDailyOptions,
  type DailyMeetingConfig,
  type DailyRoomConfig,
} from "./configure.ts";
import { dailyAccount } from "./account.ts";
import { DialinWebhook, isProbe } from "./dialin.ts";
import { type DailySessionOptions, SESSION_MS, startDailySession } from "./session.ts";
import { DIALIN_WINDOW_MS, type DialinVerifier } from "./signature.ts";
import { DailyRoomProperties } from "./room_properties.ts";
import { DailyMeetingTokenProperties } from "./token_properties.ts";
import type { DailyDialinRequest } from "./waiting_call.ts";
import { type DailyOpenProperties, grantWishes } from "./wishes.ts";
import { readBytes } from "../../http/body.ts";
import type { AppEnv } from "../../http/env.ts";
import { type DailyStartResponse, parseBody, parseFields } from "../../http/protocol.ts";
import type { Starter } from "../../http/start.ts";

const logger = getLogger(["pipecat", "runner", "daily"]);

const MAX_WEBHOOK_BYTES = 64 << 10;
/** How long a call is remembered, in ms: as long as its room lasts. */
const REMEMBER_MS = SESSION_MS;
/** A redirect that keeps the method, as Pipecat answers with. */
const TEMPORARY_REDIRECT = 307;

/** The fields of `POST /start` that only Daily reads. */
interface DailyStart {
  readonly dailyRoomProperties?: DailyRoomProperties | null | undefined;
  readonly dailyMeetingTokenProperties?: DailyMeetingTokenProperties | null | undefined;
}

/** Parses them. */
const DailyStart: z.ZodMiniType<DailyStart> = z.looseObject({
  dailyRoomProperties: z.nullish(DailyRoomProperties),
  dailyMeetingTokenProperties: z.nullish(DailyMeetingTokenProperties),
});

/** What the starter for Daily needs. */
export interface DailyStarterOptions extends DailySessionOptions {
  /** What start requests may ask of Daily, besides harmless properties. */
  readonly properties?: DailyOpenProperties | undefined;
}

/** The starter for Daily: it makes the room, and the bot joins it at once. */
export function dailyStarter(options: DailyStarterOptions): Starter {
  const { roomUrl } = dailyAccount(options.environment);
  return async (start, { sessionId, platform }): Promise<DailyStartResponse> => {
    if (!roomUrl && start.createDailyRoom === false) {
      throw new RunnerError(
        "no_room",
        "There is no room to join: leave createDailyRoom out, or set DAILY_ROOM_URL.",
      );
    }
    const wishes = parseFields(DailyStart, start);
    const { dailyRoomProperties: room, dailyMeetingTokenProperties: token } = wishes;
    const granted = grantWishes({ room, token }, options.properties ?? [], SESSION_MS / 1000);
    if (roomUrl && room && !room.sip) {
      logger.warn("DAILY_ROOM_URL is set: the dailyRoomProperties of POST /start have no effect");
    }
    const config = await makeMeeting(
      options.environment,
      room ? { roomProperties: granted.room } : {},
      granted.token,
    );
    const body = start.body ?? {};
    const { done } = startDailySession(options, { sessionId, room: config, body });
    platform?.waitUntil(done);
    return { dailyRoom: config.roomUrl, dailyToken: config.userToken, sessionId };
  };
}

/** Makes a room, starts the bot, and sends the visitor to the room. */
export function dailyVisit(options: DailySessionOptions): Handler<AppEnv> {
  return async (c, next) => {
    if (c.req.method !== "GET") return await next(); // a HEAD, which is not to start a bot
    const sessionId = await options.sessions.newId();
    const room = await options.sessions.reserve(
      sessionId,
      { client: c.env.client },
      () => makeRoom(options.environment),
    );
    const { done } = startDailySession(options, { sessionId, room, body: {} });
    c.env.platform?.waitUntil(done);
    c.header("cache-control", "no-store");
    c.header("x-session-id", sessionId);
    return c.redirect(room.roomUrl, TEMPORARY_REDIRECT);
  };
}

/** What the webhook of phone calls needs. */
export interface DialinOptions extends DailySessionOptions {
  readonly once: OnceStore;
  /** Tells whether Daily has signed a request; absent without the secret for it. */
  readonly verify?: DialinVerifier | undefined;
}

/** Accepts Daily's request when the phone rings. */
export function dialinWebhook(options: DialinOptions): Handler<AppEnv> {
  const { environment, once, verify } = options;
  const { apiKey, apiUrl } = dailyAccount(environment);
  let warned = false;

  async function takeCall(c: Context<AppEnv>): Promise<Response> {
    const raw = await readBytes(c.req.raw, MAX_WEBHOOK_BYTES);
    const text = new TextDecoder().decode(raw);
    // A probe does nothing. Daily sends it while it is being told of the webhook, before we can
    // know the secret that it makes for it.
    if (isProbe(text)) return c.json({ status: "OK" });
    if (verify) await checkSignature(c.req.raw.headers, raw, verify);
    if (!verify && !warned) {
      warned = true;
      logger.warn(
        "Anyone can start a dial-in session: set DAILY_PINLESS_HMAC to check that Daily does",
      );
    }
    const call = parseBody(text, DialinWebhook);
    // A repeated webhook is about the same call, and gets the same room.
    const keeping = { ttl: REMEMBER_MS };
    const take = () => startCall(c, call);
    const { answer } = await firstAnswer(once, `call:daily:${call.callId}`, take, keeping);
    return c.json(answer, 200, { "x-session-id": answer.sessionId });
  }

  async function checkSignature(
    headers: Headers,
    raw: Uint8Array<ArrayBuffer>,
    verify: DialinVerifier,
  ): Promise<void> {
    // A signature has several spellings; what it covers has one.
    const signed = `${headers.get("x-pinless-timestamp")}:${await sha256(raw)}`;
    const fresh = await verify(headers, raw) &&
      await useSignature(once, `daily:${signed}`, DIALIN_WINDOW_MS);
    if (fresh) return;
    logger.warn(
      "Refused a dial-in request that is not signed by Daily, is too old, or was sent before",
    );
    throw new RunnerError(
      "bad_signature",
      "This request is not signed by Daily, or was sent before.",
    );
  }

  async function startCall(c: Context<AppEnv>, call: DialinWebhook): Promise<DailyStartResponse> {
    const sessionId = await options.sessions.newId();
    const room = await options.sessions.reserve(
      sessionId,
      { client: () => call.From ?? undefined, call: true },
      () =>
        makeMeeting(environment, { sipCallerPhone: call.From ?? "" }).catch((error) => {
          logger.error("No room could be made for a phone call: {error}", { error });
          throw error;
        }),
    );
    const body: DailyDialinRequest = {
      dialin_settings: {
        call_id: call.callId,
        call_domain: call.callDomain,
        To: call.To ?? null,
        From: call.From ?? null,
        sip_headers: call.sipHeaders ?? null,
      },
      daily_api_key: apiKey,
      daily_api_url: apiUrl,
    };
    const { done } = startDailySession(options, { sessionId, room, body });
    c.env.platform?.waitUntil(done);
    return { dailyRoom: room.roomUrl, dailyToken: room.userToken, sessionId };
  }

  return takeCall;
}

/** How long rooms and tokens last: as long as a session may. */
const DURATION = { roomLifetimeMs: SESSION_MS, tokenLifetimeMs: SESSION_MS };

/** Makes a room and the bot's token. */
async function makeRoom(environment: Environment): Promise<DailyRoomConfig> {
  return await configureDaily({ environment, ...DURATION });
}

/** Makes a room, the bot's token, and one for the client. */
async function makeMeeting(
  environment: Environment,
  options: ConfigureDailyOptions,
  userToken?: DailyMeetingTokenProperties,
): Promise<DailyMeetingConfig> {
  return await configureDailyMeeting({ environment, ...DURATION, ...options }, userToken);
}

/**
 * Daily rooms, and the tokens to join them.
 *
 * @module
 */
import * as z from "../../core/zod.ts";
import { filled } from "../../core/checks.ts";
import type { Environment } from "../../core/carrier.ts";
import { RunnerError } from "../../core/error.ts";
import type { RestAnswer } from "../../core/rest.ts";
import { parseShape } from "../../core/shape.ts";
import { type DailyAccount, dailyAccount, roomName } from "./account.ts";
import { type Blame, type DailyRequest, infoOf, read, send } from "./rest.ts";
import { DailyRoomProperties, type DailySipProperties } from "./room_properties.ts";
import { DailyMeetingTokenProperties } from "./token_properties.ts";

/** How long rooms and tokens last by default, in ms. */
const LIFETIME_MS = 2 * 60 * 60_000;

/** Settings of {@link configureDaily}; every one but the key has a default. */
export interface ConfigureDailyOptions {
  /** Holds `DAILY_API_KEY`, and if need be `DAILY_API_URL` and `DAILY_ROOM_URL`. */
  readonly environment?: Environment;
  /** Instead of `DAILY_API_KEY`. */
  readonly apiKey?: string;
  /** How long the room exists, in ms. Default: two hours. */
  readonly roomLifetimeMs?: number;
  /** How long one can join with the token, in ms. Default: two hours. */
  readonly tokenLifetimeMs?: number;
  /** Who calls over SIP, shown as their name in the room. Lets the room be called over SIP. */
  readonly sipCallerPhone?: string;
  /** Whether the caller over SIP may send video. Default: false. */
  readonly sipEnableVideo?: boolean;
  /** How many may call over SIP at a time. Default: 1. */
  readonly sipNumEndpoints?: number;
  /** Such as `{ audio: ["OPUS"], video: ["H264"] }`. Default: Daily's choice. */
  readonly sipCodecs?: { readonly audio?: readonly string[]; readonly video?: readonly string[] };
  /** Who carries the SIP call. Default: Daily. */
  readonly sipProvider?: string;
  /** Whether one may be called from the room, if the account is entitled to it. */
  readonly enableDialout?: boolean;
  /** The region of the media server, such as `us-east-1`. */
  readonly roomGeo?: string;
  /** More properties of the room; they override what the options above set. */
  readonly roomProperties?: DailyRoomProperties;
  /** More properties of the token; all but `room_name` take the place of the defaults. */
  readonly tokenProperties?: DailyMeetingTokenProperties;
  /** Aborts the requests to Daily. */
  readonly signal?: AbortSignal;
}

/** A room, and a token to join it. */
export interface DailyRoomConfig {
  /** The address of the room. */
  readonly roomUrl: string;
  /** What to join the room with, as its owner. */
  readonly token: string;
  /** Where the room can be called, beginning with `sip:`; absent without SIP. */
  readonly sipEndpoint?: string;
  /** Whether the room was just made; otherwise it is that of `DAILY_ROOM_URL`. */
  readonly created: boolean;
  /** When a room that was just made expires, in s of Unix time; absent if it does not. */
  readonly expires?: number;
}

/**
 * Makes a room and a token to join it. With `DAILY_ROOM_URL` set, it makes no room, unless the room
 * is to be called over SIP.
 *
 * @throws {RunnerError} `no_credentials` without a key, `bad_request` naming a property that is
 * wrong, or one of {@link send}'s errors.
 *
 * @example
 * ```ts ignore
 * const { roomUrl, token } = await configureDaily({ environment: Deno.env.toObject() });
 * ```
 */
export async function configureDaily(
  options: ConfigureDailyOptions = {},
): Promise<DailyRoomConfig> {
  return await makeRoom(options, async (roomUrl, context) => ({
    token: await createOwnerToken(roomUrl, options, context),
  }));
}

/** A room, and a token to join it for each of the two who are to meet there. */
export interface DailyMeetingConfig extends DailyRoomConfig {
  /** What the user joins the room with: without an owner's rights, and no longer than the room. */
  readonly userToken: string;
}

/**
 * Makes a room as {@link configureDaily} does, and a token for the user besides the bot's.
 *
 * @param userToken Properties of the user's token, which take the place of its defaults.
 * @throws {RunnerError} as {@link configureDaily} does.
 */
export async function configureDailyMeeting(
  options: ConfigureDailyOptions,
  userToken: DailyMeetingTokenProperties = {},
): Promise<DailyMeetingConfig> {
  const given = check("userToken", DailyMeetingTokenProperties, userToken);
  return await makeRoom(options, async (roomUrl, context) => {
    const exp = Math.min(
      secondsAfter(context.now, options.tokenLifetimeMs),
      context.roomExp ?? Infinity,
    );
    // For the token, this limits the stay instead of the room's setting, so it must be set.
    const properties = { is_owner: false, exp, eject_at_token_exp: true, ...given };
    const blame = blameFor(Object.keys(given).length > 0);
    const [token, ofUser] = await Promise.all([
      createOwnerToken(roomUrl, options, context),
      createToken(roomUrl, properties, blame, context),
    ]);
    return { token, userToken: ofUser };
  });
}

async function makeRoom<Tokens>(
  options: ConfigureDailyOptions,
  createTokens: (roomUrl: string, context: RoomContext) => Promise<Tokens>,
): Promise<Omit<DailyRoomConfig, "token"> & Tokens> {
  const { environment = {}, apiKey, signal } = options;
  const account = dailyAccount({ ...environment, ...(apiKey ? { DAILY_API_KEY: apiKey } : {}) });
  const given = check("roomProperties", DailyRoomProperties, options.roomProperties);
  check("tokenProperties", DailyMeetingTokenProperties, options.tokenProperties);
  const now = Date.now(); // once, so that tokens end with their room
  const context = { account, signal, now };

  const properties = roomProperties(options, given, now);
  if (account.roomUrl && !properties.sip) {
    const tokens = await createTokens(account.roomUrl, context);
    return { roomUrl: account.roomUrl, ...tokens, created: false };
  }
  const room = await createRoom(
    properties,
    blameFor(options.roomProperties !== undefined),
    context,
  );
  const { exp } = properties;
  const roomExp = typeof exp === "number" ? exp : undefined;
  const tokens = await createTokens(room.url, { ...context, roomExp });
  const endpoint = room.config?.sip_uri?.endpoint;
  if (properties.sip && !endpoint) {
    throw new RunnerError("daily_failed", "Daily gave the room no SIP address.");
  }
  return {
    roomUrl: room.url,
    ...tokens,
    ...(endpoint ? { sipEndpoint: sipUri(endpoint) } : {}),
    created: true,
    ...(roomExp === undefined ? {} : { expires: roomExp }),
  };
}

/**
 * Deletes a room, which ends the call for everybody in it. A room that is already gone is not an
 * error.
 *
 * @throws {RunnerError} one of {@link send}'s errors.
 */
export async function deleteDailyRoom(
  roomUrl: string,
  options: Pick<ConfigureDailyOptions, "environment" | "apiKey" | "signal"> = {},
): Promise<void> {
  const { environment = {}, apiKey, signal } = options;
  const account = dailyAccount({ ...environment, ...(apiKey ? { DAILY_API_KEY: apiKey } : {}) });
  const path = `/rooms/${encodeURIComponent(roomName(roomUrl))}`;
  const gone = ({ status }: RestAnswer) => status === 404;
  await send(account, { method: "DELETE", path, purpose: "delete a room", signal }, gone);
}

/** A SIP address with its scheme, which Daily writes in some places and leaves out in others. */
export function sipUri(endpoint: string): string {
  return /^sips?:/i.test(endpoint) ? endpoint : `sip:${endpoint}`;
}

interface Context {
  readonly account: DailyAccount;
  readonly signal: AbortSignal | undefined;
}

interface RoomContext extends Context {
  /** In ms since 1970. */
  readonly now: number;
  /** When the room expires, in s of Unix time; absent if no expiry is known. */
  readonly roomExp?: number | undefined;
}

const Room = z.looseObject({
  // Not z.url, which would be the largest piece of zod in a Worker.
  url: z.string().check(z.refine((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ""))),
  config: z.nullish(z.looseObject({
    sip_uri: z.nullish(z.looseObject({ endpoint: z.string().check(filled) })),
  })),
});

/** Whom a request is blamed on that has, or has not, properties of the caller\'s. */
function blameFor(ofCaller: boolean): Blame {
  return ofCaller ? "daily_properties_rejected" : "daily_rejected";
}

async function createRoom(
  properties: DailyRoomProperties,
  blame: Blame,
  { account, signal }: Context,
): Promise<z.infer<typeof Room>> {
  const prefix = properties.sip || properties.enable_dialout ? "pipecat-telephony" : "pipecat";
  // The room is open to everyone who knows its name, so nobody must be able to guess it.
  const name = `${prefix}-${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
  const purpose = "create a room";
  const request: DailyRequest = {
    method: "POST",
    path: "/rooms",
    body: { name, privacy: "public", properties },
    purpose,
    blame,
    signal,
  };
  const already = ({ status, json, repeated }: RestAnswer) =>
    status === 400 && repeated && infoOf(json).includes("already exists");
  let answer = await send(account, request, already);
  if (already(answer)) {
    // The attempt that Daily seemed not to answer has made the room.
    answer = await send(account, { method: "GET", path: `/rooms/${name}`, purpose, signal });
  }
  return read(answer, Room, purpose);
}

async function createOwnerToken(
  roomUrl: string,
  { tokenProperties, tokenLifetimeMs }: ConfigureDailyOptions,
  context: RoomContext,
): Promise<string> {
  const given = check("tokenProperties", DailyMeetingTokenProperties, tokenProperties);
  const exp = secondsAfter(context.now, tokenLifetimeMs);
  const properties = { is_owner: true, exp, eject_at_token_exp: false, ...given };
  return await createToken(roomUrl, properties, blameFor(tokenProperties !== undefined), context);
}

async function createToken(
  roomUrl: string,
  properties: DailyMeetingTokenProperties,
  blame: Blame,
  { account, signal }: Context,
): Promise<string> {
  const purpose = "create a meeting token";
  const answer = await send(account, {
    method: "POST",
    path: "/meeting-tokens",
    body: {
      properties: without({ ...properties, room_name: roomName(roomUrl) }, undefined, null),
    },
    purpose,
    blame,
    signal,
  });
  return read(answer, z.looseObject({ token: z.string().check(filled) }), purpose).token;
}

/** The properties of the room to make, without those that are null. */
function roomProperties(
  options: ConfigureDailyOptions,
  given: DailyRoomProperties,
  now: number,
): DailyRoomProperties {
  const { sipCallerPhone, sipEnableVideo = false, sipNumEndpoints = 1 } = options;
  const caller: DailySipProperties | undefined = sipCallerPhone === undefined ? undefined : {
    ...(sipCallerPhone ? { display_name: sipCallerPhone } : {}),
    video: sipEnableVideo,
    num_endpoints: sipNumEndpoints,
    codecs: options.sipCodecs,
    provider: options.sipProvider,
  };
  const sip = given.sip ?? caller;
  return without(
    {
      exp: secondsAfter(now, options.roomLifetimeMs),
      eject_at_room_exp: true,
      enable_chat: false,
      enable_prejoin_ui: false,
      enable_emoji_reactions: false,
      start_video_off: caller !== undefined && !sipEnableVideo,
      geo: options.roomGeo || undefined,
      enable_dialout: options.enableDialout || undefined,
      ...given,
      sip: sip && {
        display_name: "sw-sip-dialin",
        video: false,
        sip_mode: "dial-in",
        num_endpoints: 1,
        ...without(sip, undefined, null),
      },
    },
    undefined,
    null,
  );
}

/** So long after a time in ms, in s of Unix time. */
function secondsAfter(now: number, ms = LIFETIME_MS): number {
  return Math.floor((now + ms) / 1000);
}

/** The properties without those of some values. */
function without<T extends object>(properties: T, ...values: readonly unknown[]): Partial<T> {
  const entries = Object.entries(properties).filter(([, value]) => !values.includes(value));
  return Object.fromEntries(entries) as Partial<T>; // true: some of T's properties, as they were
}

function check<T extends object>(name: string, schema: z.ZodMiniType<T>, value?: T): Partial<T> {
  const { data, problem } = parseShape(schema, value ?? {}, name);
  if (problem !== undefined) throw new RunnerError("bad_request", `${problem}.`);
  // What is undefined must not take the place of a default. Null does: it is not sent at all.
  return without(data, undefined);
}

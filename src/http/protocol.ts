/**
 * The wire shapes of the runner's routes, as Pipecat spells them.
 *
 * @module
 */
import * as z from "../core/zod.ts";
import type { TransportName } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import type { IceServer } from "../core/peer.ts";
import { parseShape, type Schema } from "../core/shape.ts";
import { TRANSPORT_NAMES } from "../core/transport_names.ts";
import { bodyJson, readText } from "./body.ts";

/** Body of `POST /start`. */
export interface StartRequest {
  /** What to start. Default: the only transport, if the runner has just one, or `webrtc`. */
  readonly transport?: TransportName | null | undefined;
  /** Means `"transport": "daily"`, as in older clients. */
  readonly createDailyRoom?: boolean | null | undefined;
  /** Properties for Daily's room, unchecked: its starter parses them. */
  readonly dailyRoomProperties?: unknown;
  /** Properties for Daily's token, unchecked: its starter parses them. */
  readonly dailyMeetingTokenProperties?: unknown;
  /** Asks for a public STUN server if the runner has none. */
  readonly enableDefaultIceServers?: boolean | null | undefined;
  /** The caller's own data; any JSON. */
  readonly body?: unknown;
}

/** Parses the body of `POST /start`. */
export const StartRequest: Schema<StartRequest> = z.looseObject({
  transport: z.nullish(z.enum(TRANSPORT_NAMES)),
  createDailyRoom: z.nullish(z.boolean()),
  dailyRoomProperties: z.optional(z.unknown()),
  dailyMeetingTokenProperties: z.optional(z.unknown()),
  enableDefaultIceServers: z.nullish(z.boolean()),
  body: z.optional(z.unknown()),
});

/** Answer to `POST /start` for WebRTC. */
export interface WebRTCStartResponse {
  readonly sessionId: string;
  readonly iceConfig?: { readonly iceServers: readonly IceServer[] };
}

/** Answer to `POST /start` for a plain WebSocket; the browser's client refuses any other field. */
export interface WebSocketStartResponse {
  readonly wsUrl: string;
  readonly token?: string;
}

/** Answer to `POST /start` for Daily, and to Daily's own webhook. */
export interface DailyStartResponse {
  readonly dailyRoom: string;
  readonly dailyToken: string;
  readonly sessionId: string;
}

/** Answer to `POST /start` for LiveKit, with the user's token. */
export interface LiveKitStartResponse {
  readonly url: string;
  readonly token: string;
  readonly sessionId: string;
}

/**
 * Reads a JSON body.
 *
 * @param most The most bytes it may have.
 * @throws {RunnerError} `bad_json` if it cannot be parsed, `bad_request` if it has another shape;
 * the message names the field. Also what {@link readText} throws.
 */
export async function readBody<T>(
  request: Request,
  schema: z.ZodMiniType<T>,
  most: number,
): Promise<T> {
  return parseBody(await readText(request, most), schema);
}

/**
 * Reads the body of `POST /start`.
 *
 * @throws {RunnerError} what {@link readBody} does.
 */
export function readStart(request: Request, most: number): Promise<StartRequest> {
  return readBody(request, StartRequest, most);
}

/**
 * Reads the text of a JSON body.
 *
 * @throws {RunnerError} `bad_json` and `bad_request`, as {@link readBody} does.
 */
export function parseBody<T>(text: string, schema: z.ZodMiniType<T>): T {
  const value = text.trim() === "" ? {} : bodyJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RunnerError("bad_request", "The body must be a JSON object.");
  }
  return parseFields(schema, value);
}

/**
 * Parses some fields of a request.
 *
 * @throws {RunnerError} `bad_request`; the message names the field.
 */
export function parseFields<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const { data, problem } = parseShape(schema, value);
  if (problem !== undefined) throw new RunnerError("bad_request", `${problem}.`);
  return data;
}

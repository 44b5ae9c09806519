/**
 * The wire shapes of the runner's routes, as Pipecat spells them.
 *
 * @module
 */
import * as z from "zod";
import { TRANSPORT_NAMES, type TransportName } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import type { IceServer } from "../core/peer.ts";
import { DailyRoomProperties } from "../rooms/daily_room_properties.ts";
import { DailyMeetingTokenProperties } from "../rooms/daily_token_properties.ts";

/** Body of `POST /start`. */
export interface StartRequest {
  readonly transport?: TransportName | null | undefined;
  readonly createDailyRoom?: boolean | null | undefined;
  readonly dailyRoomProperties?: DailyRoomProperties | null | undefined;
  readonly dailyMeetingTokenProperties?: DailyMeetingTokenProperties | null | undefined;
  readonly enableDefaultIceServers?: boolean | null | undefined;
  /** The caller's own data; any JSON. */
  readonly body?: unknown;
}

/** Parses the body of `POST /start`. */
export const StartRequest: z.ZodType<StartRequest> = z.looseObject({
  transport: z.enum(TRANSPORT_NAMES).nullish(),
  createDailyRoom: z.boolean().nullish(),
  dailyRoomProperties: DailyRoomProperties.nullish(),
  dailyMeetingTokenProperties: DailyMeetingTokenProperties.nullish(),
  enableDefaultIceServers: z.boolean().nullish(),
  body: z.unknown().optional(),
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

/** Body of `POST /api/offer`. */
export interface OfferRequest {
  readonly sdp: string;
  readonly type: "offer";
  readonly pc_id?: string | null | undefined;
  readonly restart_pc?: boolean | null | undefined;
  readonly request_data?: unknown;
  readonly requestData?: unknown;
}

/** Parses the body of `POST /api/offer`. */
export const OfferRequest: z.ZodType<OfferRequest> = z.looseObject({
  sdp: z.string().min(1),
  type: z.literal("offer"),
  pc_id: z.string().nullish(),
  restart_pc: z.boolean().nullish(),
  request_data: z.unknown().optional(),
  requestData: z.unknown().optional(),
});

/** Answer to `POST /api/offer`. */
export interface OfferResponse {
  readonly sdp: string;
  readonly type: "answer";
  readonly pc_id: string;
}

/** Body of `PATCH /api/offer`. */
export interface CandidatesRequest {
  readonly pc_id: string;
  readonly candidates: readonly {
    readonly candidate: string;
    readonly sdp_mid?: string | null | undefined;
    readonly sdp_mline_index?: number | null | undefined;
  }[];
}

/** Parses the body of `PATCH /api/offer`. */
export const CandidatesRequest: z.ZodType<CandidatesRequest> = z.looseObject({
  pc_id: z.string(),
  candidates: z.array(z.looseObject({
    candidate: z.string(),
    sdp_mid: z.string().nullish(),
    sdp_mline_index: z.number().int().nullish(),
  })).max(256).default([]),
});

/**
 * Reads a JSON body.
 *
 * @throws {RunnerError} `bad_json` when it cannot be parsed, `bad_request` when it has another
 * shape; the message names the field.
 */
export async function readBody<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  return parseBody(await request.text(), schema);
}

/**
 * Reads the text of a JSON body.
 *
 * @throws {RunnerError} as {@link readBody} does.
 */
export function parseBody<T>(text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = text.trim() === "" ? {} : JSON.parse(text);
  } catch (cause) {
    throw new RunnerError("bad_json", "The body is not valid JSON.", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RunnerError("bad_request", "The body must be a JSON object.");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RunnerError("bad_request", `${issue?.path.join(".")}: ${issue?.message}.`);
}

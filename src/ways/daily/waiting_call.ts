/**
 * A phone call that waits in front of a Daily room: what the bot learns about it, and how it is put
 * through.
 *
 * @module
 */
import * as z from "../../core/zod.ts";
import type { Schema } from "../../core/shape.ts";
import { sipUri } from "./configure.ts";
import { send } from "./rest.ts";

/** A phone call that waits for its bot, as the bot sees it. */
export interface DialinSettings {
  /** Daily's id of the call. */
  readonly call_id: string;
  /** Daily's id of the domain that was called. */
  readonly call_domain: string;
  /** The number that was called. */
  readonly To: string | null;
  /** The caller's number. */
  readonly From: string | null;
  /** The SIP headers of the call; null if it has none. */
  readonly sip_headers: Readonly<Record<string, string>> | null;
}

/** The `body` of a session that a phone call into a Daily room has started. */
export interface DailyDialinRequest {
  /** The call. */
  readonly dialin_settings: DialinSettings;
  /** Keep it to yourself: it opens the whole account. */
  readonly daily_api_key: string;
  /** Where Daily's REST API is. */
  readonly daily_api_url: string;
}

/** Parses the `body` of a session that a phone call into a Daily room has started. */
export const DailyDialinRequest: Schema<DailyDialinRequest> = z.looseObject({
  dialin_settings: z.looseObject({
    call_id: z.string(),
    call_domain: z.string(),
    To: z._default(z.nullable(z.string()), null),
    From: z._default(z.nullable(z.string()), null),
    sip_headers: z._default(z.nullable(z.catchall(z.object({}), z.string())), null),
  }),
  daily_api_key: z.string(),
  daily_api_url: z.string(),
});

/**
 * Puts a waiting phone call through to its room. Call it once the room can take it, which Daily
 * announces to everybody in the room with `dialin-ready`.
 *
 * @param request The session's `body`.
 * @param sipEndpoint The room's address for phones: `args.sipEndpoint`, or that of `dialin-ready`.
 * @throws {RunnerError} `daily_refused`, `daily_rejected`, `daily_busy`, `daily_failed` or
 * `daily_unreachable`.
 *
 * @example
 * ```ts ignore
 * await pinlessCallUpdate(DailyDialinRequest.parse(args.body), args.sipEndpoint);
 * ```
 */
export async function pinlessCallUpdate(
  request: DailyDialinRequest,
  sipEndpoint: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { dialin_settings, daily_api_key: apiKey, daily_api_url: apiUrl } = request;
  await send({ apiKey, apiUrl }, {
    method: "POST",
    path: "/dialin/pinlessCallUpdate",
    body: {
      callId: dialin_settings.call_id,
      callDomain: dialin_settings.call_domain,
      sipUri: sipUri(sipEndpoint),
    },
    purpose: "put a call through",
    once: true,
    signal: options.signal,
  });
}

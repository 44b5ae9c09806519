/**
 * Phone calls into Daily rooms: what Daily asks when the phone rings, what the bot is told, and how
 * the call that waits is put through.
 *
 * @module
 */
import * as z from "zod";
import { RunnerError } from "../core/error.ts";
import { sipUri } from "./daily.ts";
import { send } from "./daily_rest.ts";

/** How far Daily's clock and ours may be apart, and how late a request may be, in ms. */
const WINDOW_MS = 5 * 60_000;
/** Unix times from here on are in ms, before it in s. */
const FIRST_IN_MS = 100_000_000_000;

/** A phone call that waits for its bot, as the bot is told of it. */
export interface DialinSettings {
  readonly call_id: string;
  readonly call_domain: string;
  /** The number that was called. */
  readonly To: string | null;
  /** The caller's number. */
  readonly From: string | null;
  readonly sip_headers: Readonly<Record<string, string>> | null;
}

/** The `body` of a session that a phone call into a Daily room has started. */
export interface DailyDialinRequest {
  readonly dialin_settings: DialinSettings;
  /** Keep it to yourself: it opens the whole account. */
  readonly daily_api_key: string;
  readonly daily_api_url: string;
}

/** Parses the `body` of a session that a phone call into a Daily room has started. */
export const DailyDialinRequest: z.ZodType<DailyDialinRequest> = z.looseObject({
  dialin_settings: z.looseObject({
    call_id: z.string(),
    call_domain: z.string(),
    To: z.string().nullable().default(null),
    From: z.string().nullable().default(null),
    sip_headers: z.record(z.string(), z.string()).nullable().default(null),
  }),
  daily_api_key: z.string(),
  daily_api_url: z.string(),
});

/** What Daily sends when the phone rings. */
export interface DialinWebhook {
  readonly From: string;
  readonly To: string;
  readonly callId: string;
  readonly callDomain: string;
  readonly sipHeaders?: Readonly<Record<string, string>> | null | undefined;
}

/** Parses what Daily sends when the phone rings. */
export const DialinWebhook: z.ZodType<DialinWebhook> = z.looseObject({
  From: z.string(),
  To: z.string(),
  callId: z.string().min(1),
  callDomain: z.string().min(1),
  sipHeaders: z.record(z.string(), z.coerce.string()).nullish(),
});

/**
 * Tells whether Daily only tries the webhook out, with no call: the body is `{"test":"test"}`,
 * `{"Test":"test"}` or has nothing but the number.
 */
export function isProbe(body: string): boolean {
  try {
    return Probe.safeParse(JSON.parse(body)).success;
  } catch {
    return false; // the one thing that fails is text that is not JSON
  }
}

const Probe = z.union([
  z.looseObject({ test: z.literal("test") }),
  z.looseObject({ Test: z.literal("test") }),
  z.strictObject({ To: z.unknown() }),
]);

/** Tells whether a request is Daily's: by its headers and its body, byte for byte. */
export type DialinVerifier = (
  headers: Headers,
  body: Uint8Array<ArrayBuffer>,
) => Promise<boolean>;

/**
 * Makes a verifier of `X-Pinless-Signature`. What is older or newer than five minutes is not
 * Daily's.
 *
 * @param secret The `hmac` of the dial-in configuration, in base64.
 * @throws {RunnerError} `bad_environment` when it is not base64.
 */
export function dialinVerifier(secret: string, now: () => number = Date.now): DialinVerifier {
  const bytes = fromBase64(secret.trim());
  if (!bytes?.length) {
    throw new RunnerError(
      "bad_environment",
      "DAILY_PINLESS_HMAC must be the hmac of Daily's dial-in configuration, in base64.",
      { status: 500 },
    );
  }
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  let key: Promise<CryptoKey> | undefined;
  return async (headers, body) => {
    const timestamp = headers.get("x-pinless-timestamp") ?? "";
    const signature = fromBase64(headers.get("x-pinless-signature") ?? "");
    if (!signature || !/^\d{1,15}$/.test(timestamp)) return false;
    const time = Number(timestamp) * (Number(timestamp) < FIRST_IN_MS ? 1000 : 1);
    if (Math.abs(now() - time) > WINDOW_MS) return false;
    key ??= crypto.subtle.importKey("raw", bytes, algorithm, false, ["verify"]);
    const prefix = new TextEncoder().encode(`${timestamp}.`);
    const signed = new Uint8Array(prefix.length + body.length);
    signed.set(prefix);
    signed.set(body, prefix.length);
    return await crypto.subtle.verify("HMAC", await key, signature, signed);
  };
}

/**
 * Puts a phone call that waits through to its room. To be done once the room can take it, which
 * Daily tells everybody in the room by `dialin-ready`.
 *
 * @param request The session's `body`.
 * @param sipEndpoint Where the room can be called: `args.sipEndpoint`, or what `dialin-ready` says.
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

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined; // the one thing that fails is text that is not base64
  }
}

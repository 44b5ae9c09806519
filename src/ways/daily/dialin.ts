/**
 * What Daily sends when the phone rings.
 *
 * @module
 */
import * as z from "../../core/zod.ts";
import { charactersUpTo, filled } from "../../core/checks.ts";
import { parseJson } from "../../core/json.ts";

/** What Daily sends when the phone rings. */
export interface DialinWebhook {
  /** The caller's number; absent when withheld, and of a call over SIP. */
  readonly From?: string | null | undefined;
  readonly To?: string | null | undefined;
  readonly callId: string;
  readonly callDomain: string;
  readonly sipHeaders?: Readonly<Record<string, string>> | null | undefined;
}

/** Parses what Daily sends when the phone rings. */
export const DialinWebhook: z.ZodMiniType<DialinWebhook> = z.looseObject({
  From: z.nullish(z.string()),
  To: z.nullish(z.string()),
  callId: z.string().check(filled, charactersUpTo(256)),
  callDomain: z.string().check(filled),
  sipHeaders: z.nullish(z.catchall(z.object({}), z.pipe(z.unknown(), z.transform(asText)))),
});

/** A header's value as text, whatever was sent: an object may lie about how it is written. */
function asText(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * Tells whether Daily only tries the webhook out, with no call: the body is `{"test":"test"}`,
 * `{"Test":"test"}` or has nothing but the number.
 */
export function isProbe(body: string): boolean {
  const value = parseJson(body);
  if (typeof value !== "object" || value === null) return false;
  const { test, Test }: { test?: unknown; Test?: unknown } = value;
  return test === "test" || Test === "test" || Object.keys(value).join() === "To";
}

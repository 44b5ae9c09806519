/**
 * Meta's side of WhatsApp calls: signed notifications, in the words of Meta's own examples.
 */
import { createHmac } from "node:crypto";
import type { Platform } from "../../src/core/platform.ts";
import type { Runner } from "../../src/runner.ts";

/** The numbers of Meta's examples. */
export const CALLER = "16315553602";
export const BUSINESS = "16315553601";
export const PHONE_NUMBER_ID = "436666719526789";

/** A notification about calls of the business. */
export function notification(...values: readonly unknown[]): unknown {
  return {
    object: "whatsapp_business_account",
    entry: [{ id: "366634483210360", changes: values.map((value) => ({ field: "calls", value })) }],
  };
}

/** A value of a notification, with everything that Meta's reference lists. */
export function value(calls: readonly unknown[], more: Record<string, unknown> = {}): unknown {
  return {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: BUSINESS, phone_number_id: PHONE_NUMBER_ID },
    contacts: [{ profile: { name: "Ann" }, wa_id: CALLER }],
    calls,
    ...more,
  };
}

/** A call that begins to ring. */
export function ringing(id: string, sdp: string): Record<string, unknown> {
  return {
    id,
    to: BUSINESS,
    from: CALLER,
    event: "connect",
    timestamp: "1671644824",
    direction: "USER_INITIATED",
    session: { sdp_type: "offer", sdp },
  };
}

/** The end of a call. */
export function terminated(id: string): Record<string, unknown> {
  return {
    id,
    to: BUSINESS,
    from: CALLER,
    event: "terminate",
    timestamp: "1671644924",
    direction: "USER_INITIATED",
    status: "COMPLETED",
    start_time: "1671644824",
    end_time: "1671644944",
    duration: 120,
  };
}

/** A request as Meta signs it. */
export function signed(content: unknown, secret = "app-secret"): Request {
  const body = typeof content === "string" ? content : JSON.stringify(content);
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  return new Request("https://bot.test/whatsapp", {
    method: "POST",
    headers: { "content-type": "application/json", "x-hub-signature-256": `sha256=${signature}` },
    body,
  });
}

/** Sends a notification to a runner; `over` resolves when all that it began is. */
export async function notify(
  runner: Runner,
  content: unknown,
): Promise<{ readonly status: number; readonly over: Promise<unknown> }> {
  const promises: Promise<unknown>[] = [];
  const platform: Platform = {
    upgrade: () => {
      throw new Error("Meta opens no WebSocket");
    },
    waitUntil: (promise) => void promises.push(promise),
  };
  const response = await runner.fetch(signed(content), platform);
  await response.body?.cancel();
  return { status: response.status, over: Promise.all(promises) };
}

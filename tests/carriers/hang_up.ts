/**
 * Hanging up over a REST API, by a carrier and by its own SDK.
 *
 * @module
 */
import assert from "node:assert/strict";
import Telnyx from "telnyx";
import twilio from "twilio";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import type { TelephonyTransportName } from "../../src/core/bot.ts";
import type { Environment } from "../../src/core/carrier.ts";
import { RunnerError } from "../../src/core/error.ts";
import { type Captured, plivoSdk, redirected } from "./oracles.ts";

export const SID = "AC0000000000000000000000000000000a";
export const CALLS = {
  twilio: "CA0000000000000000000000000000000b",
  telnyx: "v3:T02llQxIyaRkhfRKxgAP8nY511EhFLiz+dv=UKJiSw8d6A9Bborher/Q",
  plivo: "97ceeb52-58b6-11e1-86da-77300b68f8bb",
};
export type HangsUp = keyof typeof CALLS;
export const SUCCESS: Record<HangsUp, () => Response> = {
  twilio: () => Response.json({ sid: CALLS.twilio, status: "completed" }),
  telnyx: () => Response.json({ data: { result: "ok" } }),
  plivo: () => new Response(null, { status: 204 }),
};

export function environment(origin: string): Environment {
  return {
    TWILIO_ACCOUNT_SID: SID,
    TWILIO_AUTH_TOKEN: "twilio-t0ken",
    TWILIO_BASE_URL: origin,
    TELNYX_API_KEY: "KEYtelnyx",
    TELNYX_BASE_URL: `${origin}/v2/`,
    PLIVO_AUTH_ID: "MAXXXXXXXXXXXXXXXXXX",
    PLIVO_AUTH_TOKEN: "plivo-t0ken",
    PLIVO_BASE_URL: `${origin}/v1`,
  };
}

export async function hangUp(
  name: TelephonyTransportName,
  settings: Environment,
  callId: string,
  signal = new AbortController().signal,
): Promise<void> {
  const { hangUp } = await CARRIERS[name].commands(settings);
  assert.ok(hangUp);
  await hangUp({ callId, streamId: "s1" }, signal);
}

/** What of a request means something to the carrier. */
export function meaning({ method, path, headers, body }: Captured): unknown {
  const [type] = (headers.get("content-type") ?? "").split(";");
  const content = body && type === "application/json" ? JSON.parse(body) : body;
  return { method, path, authorization: headers.get("authorization"), type, content };
}

export const SDK_HANGS_UP: Record<HangsUp, (origin: string) => Promise<unknown>> = {
  twilio: (origin) =>
    redirected(
      origin,
      () => twilio(SID, "twilio-t0ken").calls(CALLS.twilio).update({ status: "completed" }),
    ),
  telnyx: (origin) =>
    new Telnyx({ apiKey: "KEYtelnyx", baseURL: `${origin}/v2` }).calls.actions
      .hangup(CALLS.telnyx, {}),
  plivo: (origin) =>
    redirected(
      origin,
      () => new plivoSdk.Client("MAXXXXXXXXXXXXXXXXXX", "plivo-t0ken").calls.hangup(CALLS.plivo),
    ),
};

export async function rejection(promise: Promise<unknown>): Promise<RunnerError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof RunnerError);
    return error;
  }
  throw new Error("it did not fail");
}

export function assertSecretless(error: RunnerError): void {
  const told = `${error.message} ${error.stack} ${String(error.cause)}`;
  const secrets = [SID, "t0ken", "KEYtelnyx", "MAXXX", ...Object.values(CALLS)];
  for (const secret of secrets) assert.ok(!told.includes(secret), secret);
}

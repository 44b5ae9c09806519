/**
 * Events of Telnyx's Call Control.
 */
import { signEd25519 } from "../../src/testing/signing.ts";

/** An event of a call, as Telnyx posts it, signed where there is a secret. */
export async function telnyxEvent(
  payload: Readonly<Record<string, unknown>>,
  options: {
    readonly type?: string;
    readonly secret?: string;
    readonly url?: string;
    readonly attempt?: number;
  } = {},
): Promise<Request> {
  const { type = "call.initiated", secret, attempt = 1 } = options;
  const { url = "https://bot.test/telnyx" } = options;
  const call = { call_control_id: "v3:a", from: "+1", to: "+2", direction: "incoming", ...payload };
  const data = { event_type: type, record_type: "event", payload: call };
  const body = JSON.stringify({ data, meta: { attempt } });
  const time = String(Math.floor(Date.now() / 1000));
  return new Request(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(secret
        ? {
          "telnyx-timestamp": time,
          "telnyx-signature-ed25519": await signEd25519(secret, `${time}|${body}`),
        }
        : {}),
    },
    body,
  });
}

/**
 * An account at a carrier: its API, and what proves that a call is the carrier's.
 */
import type { TelephonyTransportName } from "../../../src/core/bot.ts";
import type { RunnerOptions } from "../../../src/runner.ts";
import { call, type Caller, telnyxKeys } from "../../../src/testing/mod.ts";
import { SIMULATED } from "../../../src/testing/carriers/mod.ts";
import type { FetchTarget } from "../../../src/testing/mod.ts";
import type { ApiCall, RunningApi } from "./api.ts";
import { carrierApi } from "./mod.ts";

/** The number of the account. */
export const OWN = "+15550100002";
/** Somebody else's. */
export const THEIRS = "+15551234567";
const ORIGIN = "https://bot.test";
const LOGIN = "user:pass-of-stream";

/** An account. */
export interface Account extends AsyncDisposable {
  readonly name: TelephonyTransportName;
  readonly api: RunningApi;
  /** What the carrier signs with. */
  readonly secret: string;
  /** The settings of a runner that knows the account. */
  readonly options: RunnerOptions;
  /** Resolves when somebody has called, and the API knows the call. */
  readonly rang: Promise<void>;
  /** Somebody calls. */
  ring(runner: FetchTarget): Promise<Caller>;
  /** Whoever was dialled picks up. */
  pickUp(runner: FetchTarget, dialled: ApiCall): Promise<Caller>;
  /** The carrier tells something of a call. */
  tell(
    runner: FetchTarget,
    url: string,
    callId: string,
    news: Record<string, string>,
  ): Promise<number>;
}

/** Opens an account. */
export async function openAccount(name: TelephonyTransportName): Promise<Account> {
  const api = carrierApi(name);
  const { promise: rang, resolve: knows } = Promise.withResolvers<void>();
  const keys = await telnyxKeys();
  const secrets: Record<TelephonyTransportName, [secret: string, Record<string, string>]> = {
    twilio: [api.environment.TWILIO_AUTH_TOKEN ?? "", {}],
    plivo: [api.environment.PLIVO_AUTH_TOKEN ?? "", {}],
    telnyx: [keys.secret, { TELNYX_PUBLIC_KEY: keys.publicKey }],
    vonage: ["signature-secret-0123456789", {
      VONAGE_SIGNATURE_SECRET: "signature-secret-0123456789",
    }],
    exotel: [LOGIN, loginOf("EXOTEL")],
    asterisk: [LOGIN, loginOf("ASTERISK")],
  };
  const [secret, proof] = secrets[name];
  const simulated = SIMULATED[name];
  const request = (url: string, callId: string, params: Record<string, string>) => {
    const ids = { ...simulated.identify(), callId, from: OWN, to: THEIRS };
    const order = { url: new URL(url), method: "POST" as const, parties: ids, params, secret };
    return simulated.webhook!.request(order);
  };
  return {
    name,
    api,
    rang,
    secret,
    options: { publicUrl: ORIGIN, environment: { ...api.environment, ...proof } },
    async ring(runner) {
      const caller = await call(runner, {
        carrier: name,
        secret,
        from: THEIRS,
        to: OWN,
        pace: "fast",
      });
      api.live.add(name === "asterisk" ? caller.streamId : caller.callId);
      knows();
      return caller;
    },
    async pickUp(runner, { id, from, to, answerUrl, streamUrl }) {
      const common = { carrier: name, secret, from, to, callId: id, pace: "fast" } as const;
      if (streamUrl !== undefined) return await call(runner, { ...common, streamUrl });
      const path = new URL(answerUrl ?? "").pathname;
      return await call(runner, { ...common, method: "POST", path, params: PICKED_UP[name] ?? {} });
    },
    async tell(runner, url, callId, news) {
      const response = await runner.fetch(await request(url, callId, news));
      await response.body?.cancel();
      return response.status;
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

/** What carriers say of a call that they have made, and that is picked up. */
const PICKED_UP: Partial<Record<TelephonyTransportName, Record<string, string>>> = {
  twilio: { CallStatus: "in-progress", Direction: "outbound-api" },
  plivo: { CallStatus: "in-progress", Direction: "outbound" },
};

function loginOf(carrier: string): Record<string, string> {
  const [user = "", password = ""] = LOGIN.split(":");
  return { [`${carrier}_STREAM_USERNAME`]: user, [`${carrier}_STREAM_PASSWORD`]: password };
}

/**
 * Daily's rooms as a way in, with the phone calls that Daily takes.
 *
 * @module
 */
import { type Load, whenCalled } from "../../core/load_once.ts";
import { wrongMethod } from "../../http/border.ts";
import { createRoutes } from "../../http/hono.ts";
import { guarded } from "../../http/start_guard.ts";
import { ownVisit } from "../../http/visit.ts";
import { type Kit, serves, type Way } from "../way.ts";
import { dailyAccount, noDailyKey } from "./account.ts";
import type * as Handlers from "./handlers.ts";
import { dialinVerifier } from "./signature.ts";

/**
 * Makes Daily if its key is set, or it was requested. The signatures of its webhook are verified if
 * `DAILY_PINLESS_HMAC`, or `PINLESS_HMAC_SECRET` as in Pipecat's examples, is set.
 *
 * @throws {RunnerError} `no_credentials` if it was requested and the key is missing,
 * `bad_environment` for an invalid address, or a secret that is not base64.
 */
export function daily(kit: Kit, load: Load<typeof Handlers>): Way | undefined {
  if (!serves(kit, "daily")) return undefined;
  const { bot, sessions, once, environment, guard, options } = kit;
  const only = options.transport === "daily";
  if (!only && !environment.DAILY_API_KEY) {
    return { starters: { daily: noDailyKey() } };
  }
  dailyAccount(environment); // report at once what is wrong with it
  const { dialin = only, roomEnd, properties } = options.daily ?? {};
  const settings = { bot, sessions, environment, roomEnd };
  const routes = createRoutes()
    .use("/daily", ownVisit({ allowedOrigins: [], ...options }), guarded(guard))
    .get("/daily", whenCalled(async () => (await load()).dailyVisit(settings)))
    .all("/daily", wrongMethod("GET"));
  if (dialin) {
    const secret = environment.DAILY_PINLESS_HMAC || environment.PINLESS_HMAC_SECRET;
    const verify = secret ? dialinVerifier(secret) : undefined;
    const webhook = { ...settings, once, verify };
    routes
      .post(
        "/daily-dialin-webhook",
        whenCalled(async () => (await load()).dialinWebhook(webhook)),
      )
      .all("/daily-dialin-webhook", wrongMethod("POST"));
  }
  const starter = { ...settings, properties };
  return {
    starters: { daily: whenCalled(async () => (await load()).dailyStarter(starter)) },
    routes,
  };
}

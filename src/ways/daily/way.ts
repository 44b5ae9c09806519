/**
 * Daily's rooms as a way in, with the phone calls that Daily takes.
 *
 * @module
 */
import { noDailyKey } from "./account.ts";
import { wrongMethod } from "../../http/border.ts";
import { dailyRoutes, dailyStarter, dialinRoutes } from "./routes.ts";
import { createRoutes } from "../../http/hono.ts";
import { guarded } from "../../http/start_guard.ts";
import { ownVisit } from "../../http/visit.ts";
import { type Kit, serves, type Way } from "../way.ts";

/**
 * Makes Daily where its key is, or where it was asked for.
 *
 * @throws {RunnerError} `no_credentials` when it was asked for and the key is missing.
 */
export function daily(kit: Kit): Way | undefined {
  if (!serves(kit, "daily")) return undefined;
  const { bot, sessions, once, environment, guard, options } = kit;
  const only = options.transport === "daily";
  if (!only && !environment.DAILY_API_KEY) {
    return { starters: { daily: noDailyKey() } };
  }
  const { dialin = only, roomEnd, properties } = options.daily ?? {};
  const settings = { bot, sessions, environment, roomEnd };
  const routes = createRoutes()
    .use("/daily", ownVisit({ allowedOrigins: [], ...options }), guarded(guard))
    .route("/", dailyRoutes(settings))
    .all("/daily", wrongMethod("GET"));
  if (dialin) {
    routes.route("/", dialinRoutes({ ...settings, once })).all(
      "/daily-dialin-webhook",
      wrongMethod("POST"),
    );
  }
  return { starters: { daily: dailyStarter({ ...settings, properties }) }, routes };
}

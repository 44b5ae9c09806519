/**
 * Phone calls as a way in: a carrier that asks has its webhook, and all have one address for media.
 *
 * @module
 */
import type { HonoRequest } from "hono";
import type { TelephonyTransportName, TransportName } from "../../core/bot.ts";
import type { Environment } from "../../core/carrier.ts";
import { CARRIER_NAMES } from "../../core/transport_names.ts";
import { type Load, loadOnce, whenCalled } from "../../core/load_once.ts";
import { wrongMethod } from "../../http/border.ts";
import { createRoutes } from "../../http/hono.ts";
import type { Starter } from "../../http/start.ts";
import { type Kit, serves, type Way } from "../way.ts";
import type { Switchboard } from "./switchboard.ts";

/** Tells whether any carrier's variable is set. Their names begin with the carrier's. */
export function hasCarrierAccount(environment: Environment): boolean {
  const prefixes = CARRIER_NAMES.map((name) => `${name.toUpperCase()}_`);
  return Object.entries(environment).some(([name, value]) =>
    value && prefixes.some((prefix) => name.startsWith(prefix))
  );
}

/**
 * Makes the way in for the calls of these carriers.
 *
 * @param load Loads what makes a switchboard for them.
 */
export function phone(
  kit: Kit,
  carriers: readonly TelephonyTransportName[],
  load: Load<(kit: Kit) => Switchboard>,
): Way | undefined {
  const { transport } = kit.options;
  const served = carriers.filter((name) => serves(kit, name));
  if (served.length === 0) return undefined;

  const switchboard = loadOnce(async () => (await load())(kit));
  const starters: Partial<Record<TransportName, Starter>> = {};
  const routes = createRoutes();
  for (const name of served) {
    starters[name] = whenCalled(async () => (await switchboard()).starter(name));
    const webhook = whenCalled(async () => (await switchboard()).webhook(name));
    routes.on("ALL", [`/${name}`, `/${name}/`, `/${name}/:token{[\\da-f]{48}}`], webhook);
    // The carrier that the runner was restricted to may call its root, too.
    if (name === transport) {
      // A browser that opens the runner's front page is not a carrier.
      const asks = ({ method, raw }: HonoRequest) => method === "GET" && raw.url.includes("?");
      routes.post("/", webhook).get("/", (c, next) => asks(c.req) ? webhook(c, next) : next());
    }
  }
  routes
    .get("/ws/:token?", whenCalled(async () => (await switchboard()).stream))
    .all("/ws/:token?", wrongMethod("GET"));
  return {
    starters,
    routes,
    async ready() {
      // What is wrong with a carrier's secret is known only there.
      if (hasCarrierAccount(kit.environment)) await switchboard();
    },
  };
}

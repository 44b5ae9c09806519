/**
 * Phone calls as a way in: a carrier that asks has its webhook, and all have one address for media.
 *
 * @module
 */
import type { TransportName } from "../../core/bot.ts";
import type { Carrier } from "../../core/carrier.ts";
import { loadOnce } from "../../core/load_once.ts";
import { phoneCalls } from "../../sessions/phone_calls.ts";
import { createProviders } from "./provider.ts";
import { wrongMethod } from "../../http/border.ts";
import { createRoutes } from "../../http/hono.ts";
import type { Starter } from "../../http/start.ts";
import { telephonyRoutes, telephonyStarter } from "./media_routes.ts";
import { webhookRoute } from "./webhooks.ts";
import { type Kit, type MakeWay, serves, type Way } from "../way.ts";

const loadDial = loadOnce(() => import("./dial_request.ts"));

/** The way in for the calls of these carriers. */
export function phone(...carriers: readonly Carrier[]): MakeWay {
  return (kit: Kit): Way | undefined => {
    const { environment, options, once, store } = kit;
    const providers = createProviders(carriers, environment, options)
      .filter(({ carrier }) => serves(kit, carrier.name));
    if (providers.length === 0) return undefined;

    const settings = { ...options, ...kit, calls: phoneCalls(once, store) };
    const starters: Partial<Record<TransportName, Starter>> = {};
    const routes = createRoutes();
    for (const provider of providers) {
      const { name, webhook } = provider.carrier;
      starters[name] = telephonyStarter(name, settings);
      if (!webhook) continue;
      const asking = { ...provider, webhook };
      routes.route("/", webhookRoute(`/${name}`, asking, settings))
        .all(`/${name}`, wrongMethod("GET", "POST"));
      // The carrier that the runner was restricted to may call its root, too.
      if (name === options.transport) routes.route("/", webhookRoute("/", asking, settings));
    }
    routes.route("/", telephonyRoutes({ ...settings, providers }))
      .all("/ws/:token?", wrongMethod("GET"));
    const guarded = Boolean(options.startToken ?? environment.PIPECAT_START_TOKEN);
    const dialling = { ...settings, providers, guarded };
    routes
      .post("/dial", async (c) => (await loadDial()).answerDial(c, dialling))
      .all("/dial", wrongMethod("POST"));
    return {
      starters,
      routes,
      async dial(order, origin) {
        const [{ parseDial }, { dialCall }] = await Promise.all([loadDial(), import("./dial.ts")]);
        return await dialCall(parseDial(order), { origin }, dialling);
      },
    };
  };
}

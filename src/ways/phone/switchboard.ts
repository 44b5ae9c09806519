/**
 * What answers the carriers: their webhooks and their streams, and who asks for a phone's address.
 *
 * @module
 */
import type { Handler } from "hono";
import type { TelephonyTransportName } from "../../core/bot.ts";
import type { Carrier } from "../../core/carrier.ts";
import type { AppEnv } from "../../http/env.ts";
import type { Starter } from "../../http/start.ts";
import type { Kit } from "../way.ts";
import { streamHandler, telephonyStarter } from "./media_routes.ts";
import { phoneSettings } from "./phone_settings.ts";
import { webhookHandler } from "./webhooks.ts";

/** What answers the carriers of a runner. */
export interface Switchboard {
  /** What `POST /start` does for a carrier. */
  starter(carrier: TelephonyTransportName): Starter;
  /** Answers a carrier's webhook; passes the request on if the carrier has none. */
  webhook(carrier: TelephonyTransportName): Handler<AppEnv>;
  /** Takes the streams of all. */
  readonly stream: Handler<AppEnv>;
}

/** Makes the switchboards of these carriers. */
export function switchboardOf(...carriers: readonly Carrier[]): (kit: Kit) => Switchboard {
  return (kit) => {
    const settings = phoneSettings(kit, carriers);
    return {
      starter: (name) => telephonyStarter(name, settings),
      webhook(name) {
        for (const provider of settings.providers) {
          const { webhook } = provider.carrier;
          if (webhook && provider.carrier.name === name) {
            return webhookHandler({ ...provider, webhook }, settings);
          }
        }
        return (_c, next) => next();
      },
      stream: streamHandler(settings),
    };
  };
}

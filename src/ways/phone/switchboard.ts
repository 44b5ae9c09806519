/**
 * What answers the carriers: their webhooks and their streams, and who asks for a phone's address.
 *
 * @module
 */
import type { Handler } from "hono";
import type { TelephonyTransportName } from "../../core/bot.ts";
import type { Carrier } from "../../core/carrier.ts";
import { phoneCalls } from "../../sessions/phone_calls.ts";
import type { AppEnv } from "../../http/env.ts";
import type { Starter } from "../../http/start.ts";
import { type Kit, serves, type Way } from "../way.ts";
import { dialCall } from "./dial.ts";
import { answerDial, parseDial } from "./dial_request.ts";
import { streamHandler, telephonyStarter } from "./media_routes.ts";
import { createProviders } from "./provider.ts";
import { webhookHandler } from "./webhooks.ts";

/** What answers the carriers of a runner. */
export interface Switchboard {
  /** What `POST /start` does for a carrier. */
  starter(carrier: TelephonyTransportName): Starter;
  /** Answers the webhook of a carrier; of one that has none, it passes the request on. */
  webhook(carrier: TelephonyTransportName): Handler<AppEnv>;
  /** Takes the streams of all. */
  readonly stream: Handler<AppEnv>;
  /** Dials a call. */
  readonly dial: NonNullable<Way["dial"]>;
  /** Dials what a request asks for. */
  readonly answerDial: Handler<AppEnv>;
}

/** Makes the switchboards of these carriers. */
export function switchboardOf(...carriers: readonly Carrier[]): (kit: Kit) => Switchboard {
  return (kit) => {
    const { environment, options, once, store } = kit;
    const providers = createProviders(carriers, environment, options)
      .filter(({ carrier }) => serves(kit, carrier.name));
    const settings = { ...options, ...kit, providers, calls: phoneCalls(once, store) };
    const guarded = Boolean(options.startToken ?? environment.PIPECAT_START_TOKEN);
    const dialling = { ...settings, guarded };
    return {
      starter: (name) => telephonyStarter(name, settings),
      webhook(name) {
        for (const provider of providers) {
          const { webhook } = provider.carrier;
          if (webhook && provider.carrier.name === name) {
            return webhookHandler({ ...provider, webhook }, settings);
          }
        }
        return (_c, next) => next();
      },
      stream: streamHandler(settings),
      dial: (order, origin) => dialCall(parseDial(order), { origin }, dialling),
      answerDial: (c) => answerDial(c, dialling),
    };
  };
}

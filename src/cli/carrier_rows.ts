/**
 * What the banner says about each carrier: what is checked.
 *
 * @module
 */
import { CARRIERS } from "../ways/phone/carriers/mod.ts";
import type { TelephonyTransportName } from "../core/bot.ts";
import type { Environment } from "../core/carrier.ts";
import { createProviders, type Provider, type ProvidersOptions } from "../ways/phone/provider.ts";

/** Says what is checked, a line per carrier; undefined if nothing is checked for any. */
export function carrierRows(
  served: readonly TelephonyTransportName[],
  environment: Environment,
  options: ProvidersOptions,
): readonly string[] | undefined {
  const providers = createProviders(Object.values(CARRIERS), environment, options)
    .filter(({ carrier: { name } }) => served.includes(name));
  if (providers.length > 1 && providers.every(isOpen)) return undefined;
  return providers.map((provider) => `${provider.carrier.name}: ${checks(provider)}`);
}

/** Those of these carriers that have a webhook, which the user enters there. */
export function askingCarriers(
  served: readonly TelephonyTransportName[],
): readonly TelephonyTransportName[] {
  return served.filter((name) => CARRIERS[name].webhook);
}

function isOpen({ off, account }: Provider): boolean {
  return !off && !account.verifyWebhook && !account.verifyUpgrade;
}

function checks({ off, account, carrier }: Provider): string {
  const { verifyWebhook, verifyUpgrade } = account;
  if (off) return `off (set ${carrier.secret}, or --insecure-carriers ${carrier.name})`;
  if (!carrier.webhook) {
    return verifyUpgrade ? "streams are checked" : `streams are not checked (${carrier.secret})`;
  }
  if (verifyWebhook) {
    return verifyUpgrade
      ? "webhooks and streams are checked"
      : "webhooks are checked; streams by the token from their webhook";
  }
  const streams = verifyUpgrade ? "; streams are" : "";
  return `webhooks are not checked (${carrier.secret})${streams}`;
}

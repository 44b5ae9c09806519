/**
 * What the banner says of the carriers: for each, what is checked of who calls.
 *
 * @module
 */
import { CARRIERS } from "../ways/phone/carriers/mod.ts";
import type { TransportName } from "../core/bot.ts";
import type { Environment } from "../core/carrier.ts";
import { createProviders, type Provider, type ProvidersOptions } from "../ways/phone/provider.ts";

/** Says what is checked, a line for each carrier that is served. */
export function carrierRows(
  transports: readonly TransportName[],
  environment: Environment,
  options: ProvidersOptions,
): readonly string[] {
  const providers = createProviders(Object.values(CARRIERS), environment, options)
    .filter(({ carrier: { name } }) => transports.includes(name));
  if (providers.length > 1 && providers.every(isOpen)) {
    return ["not checked: whoever reaches this runner may call (no secret is set)"];
  }
  return providers.map((provider) => `${provider.carrier.name}: ${checks(provider)}`);
}

function isOpen({ off, account }: Provider): boolean {
  return !off && !account.verifyWebhook && !account.verifyUpgrade;
}

function checks({ off, account, carrier }: Provider): string {
  const { verifyWebhook, verifyUpgrade } = account;
  if (off) return `off (${carrier.secret}, or --insecure-carriers ${carrier.name})`;
  if (!carrier.webhook) {
    return verifyUpgrade ? "streams are checked" : `streams are not checked (${carrier.secret})`;
  }
  if (verifyWebhook) {
    return verifyUpgrade
      ? "webhooks and streams are checked"
      : "webhooks are checked, streams by the token that a webhook gives them";
  }
  const streams = verifyUpgrade ? "; streams are" : "";
  return `webhooks are not checked (${carrier.secret})${streams}`;
}

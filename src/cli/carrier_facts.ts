/**
 * What the banner says about the carriers. Their code is loaded for it only if there is more to say
 * than that nobody has an account.
 *
 * @module
 */
import type { TelephonyTransportName, TransportName } from "../core/bot.ts";
import type { Environment } from "../core/carrier.ts";
import { CARRIER_NAMES } from "../core/transport_names.ts";
import { hasCarrierAccount } from "../ways/phone/way.ts";
import type { ProvidersOptions } from "../ways/phone/provider.ts";

/** What to say about the carriers. */
export interface CarrierFacts {
  /** What is checked of who calls, a line for each carrier, or one for all. */
  readonly carriers: readonly string[];
  /** The carriers that call a webhook, if that has an address. */
  readonly webhooks: readonly TelephonyTransportName[];
}

/** The text if no carrier has a secret. */
const ALL_OPEN = "not checked: anyone who reaches this runner may call (no secret is set)";

/** Finds out what to say about the served carriers. */
export async function carrierFacts(
  transports: readonly TransportName[],
  environment: Environment,
  options: ProvidersOptions,
): Promise<CarrierFacts> {
  const served = CARRIER_NAMES.filter((name) => transports.includes(name));
  if (served.length === 0) return { carriers: [], webhooks: [] };
  const forTheWorld = options.publicUrl ?? options.startToken ?? environment.PIPECAT_START_TOKEN;
  if (served.length > 1 && !forTheWorld && !hasCarrierAccount(environment)) {
    return { carriers: [ALL_OPEN], webhooks: [] };
  }
  const { askingCarriers, carrierRows } = await import("./carrier_rows.ts");
  return {
    carriers: carrierRows(served, environment, options) ?? [ALL_OPEN],
    webhooks: askingCarriers(served),
  };
}

/**
 * What all that serves phone calls is made with.
 *
 * @module
 */
import type { Carrier } from "../../core/carrier.ts";
import { type PhoneCalls, phoneCalls } from "../../sessions/phone_calls.ts";
import type { RunnerOptions } from "../../runner_options.ts";
import { type Kit, serves } from "../way.ts";
import { createProviders, type Provider } from "./provider.ts";

/** A runner's options and its kit, with what is known about its carriers and their calls. */
export type PhoneSettings = RunnerOptions & Kit & {
  /** The carriers that the runner serves. */
  readonly providers: readonly Provider[];
  readonly calls: PhoneCalls;
};

/** Makes the settings of a runner that has these carriers. */
export function phoneSettings(kit: Kit, carriers: readonly Carrier[]): PhoneSettings {
  const { environment, options, once, store } = kit;
  const providers = createProviders(carriers, environment, options)
    .filter(({ carrier }) => serves(kit, carrier.name));
  return { ...options, ...kit, providers, calls: phoneCalls(once, store) };
}

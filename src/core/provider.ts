/**
 * A phone company together with the user's account there.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { Carrier, CarrierAccount, Environment } from "./carrier.ts";
import { RunnerError } from "./error.ts";

const logger = getLogger(["pipecat", "runner", "telephony"]);

/** How long a command to the carrier may take, in ms. */
const COMMAND_MS = 10_000;

/** A carrier, and what the secrets of the environment let us do there. */
export interface Provider {
  readonly carrier: Carrier;
  readonly account: CarrierAccount;
  /** Ends a call. It never rejects: what went wrong is logged, missing secrets only once. */
  hangUp(callId: string): Promise<void>;
}

/** Makes the provider of a carrier. */
export function createProvider(carrier: Carrier, environment: Environment): Provider {
  const account = carrier.account(environment);
  let warned = false;
  return {
    carrier,
    account,
    async hangUp(callId) {
      if (account.hangUp) {
        await command((signal) => account.hangUp!(callId, signal));
      } else if (!warned && !carrier.endsWithStream) {
        warned = true;
        logger.warn(
          "Calls on {carrier} are left to the carrier to end: to hang up, set {variables}",
          { carrier: carrier.name, variables: carrier.variables.join(", ") },
        );
      }
    },
  };
}

/** Runs a command to a carrier, within its time. It never rejects: a failure is logged. */
export async function command(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), COMMAND_MS);
  try {
    await run(controller.signal);
  } catch (error) {
    logger.error("A command to the carrier failed: {error}", { error });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Logs that a request was not signed as the carrier signs, and returns the error to answer with.
 *
 * @param url The address that the signature was checked against.
 */
export function forged({ carrier }: Provider, url: URL): RunnerError {
  // The path may hold a token, and the query phone numbers.
  const path = url.pathname.replace(/^(\/ws\/).+/, "$1…");
  logger.warn(
    "Refused a request that {carrier} has not signed, or has signed for another address than {url}. " +
      "If it came from {carrier}, tell the runner the address that {carrier} calls: publicUrl, --proxy",
    { carrier: carrier.name, url: `${url.origin}${path}${url.search ? "?…" : ""}` },
  );
  return new RunnerError("bad_signature", `This request is not signed by ${carrier.name}.`, {
    status: 403,
  });
}

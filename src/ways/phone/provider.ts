/**
 * A phone company together with the user's account there.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import type { TelephonyTransportName, TransportName } from "../../core/bot.ts";
import type {
  Carrier,
  CarrierAccount,
  CarrierWebhookProtocol,
  Environment,
} from "../../core/carrier.ts";
import type {
  CarrierCommandName,
  CarrierCommands,
  CommandedCall,
} from "../../core/carrier_commands.ts";
import { RunnerError } from "../../core/error.ts";
import { abortedAfter } from "../../core/wait.ts";

const logger = getLogger(["pipecat", "runner", "telephony"]);

/** How long a command to the carrier may take, in ms. */
export const COMMAND_MS = 10_000;

/** A carrier, and what the environment's secrets allow there. */
export interface Provider {
  readonly carrier: Carrier;
  readonly account: CarrierAccount;
  /** Set if nothing proves that a request is the carrier's, and nobody has allowed that. */
  readonly off?: true;
  /** What the secrets let us command. */
  readonly commands: CarrierCommands;
  /**
   * Ends a call. Never rejects: errors are logged, missing secrets only once.
   *
   * @param options.trusted Whether the carrier has proven that this is the call. Of any other, it is
   * left to the carrier to end: a stranger must not be able to have calls ended.
   */
  hangUp(call: CommandedCall, options: { readonly trusted: boolean }): Promise<void>;
}

/** The provider of a carrier that asks what to do with a call. */
export interface AskingProvider extends Provider {
  readonly webhook: CarrierWebhookProtocol;
}

/** The error at a carrier's address while it is off. */
export function carrierOff({ carrier: { name, secret } }: Provider): RunnerError {
  const detail = `Calls from ${name} are off, because nothing would verify them: set ` +
    `${secret}, or start with -t ${name} or --insecure-carriers ${name}.`;
  return new RunnerError("carrier_off", detail);
}

/** What decides on which carriers are off. */
export interface ProvidersOptions {
  readonly transport?: TransportName;
  readonly publicUrl?: string;
  readonly startToken?: string | false;
  /** Carriers that are on though nothing proves that a request is theirs; `true` for all. */
  readonly insecureCarriers?: boolean | readonly TelephonyTransportName[];
}

/**
 * Makes the providers of carriers. On a developer's machine all are on. Once the runner is meant for
 * the world, which a public address, a start token or the secret of any other carrier shows, those
 * are off whose calls nothing proves, unless they are named.
 */
export function createProviders(
  carriers: readonly Carrier[],
  environment: Environment,
  { transport, publicUrl, startToken, insecureCarriers = [] }: ProvidersOptions,
): Provider[] {
  const forTheWorld = [publicUrl, startToken ?? environment.PIPECAT_START_TOKEN].some(Boolean);
  const hasSecret = ({ variables }: Carrier) => variables.some((name) => environment[name]);
  const named = ({ name }: Carrier) =>
    name === transport ||
    (typeof insecureCarriers === "boolean" ? insecureCarriers : insecureCarriers.includes(name));
  return carriers.map((carrier) => {
    const others = carriers.some((other) => other !== carrier && hasSecret(other));
    const required = (forTheWorld || others) && !named(carrier);
    return createProvider(carrier, environment, { required });
  });
}

/** The carriers whose missing secrets were logged, once for all bots and sessions of a process. */
const toldToSet = new WeakSet<Carrier>();

/** The variables that would let a carrier's calls be hung up, in words. */
function missing(
  { secret, commandVariables }: Carrier,
  has: { readonly hangUp: unknown; readonly verify: unknown },
): string {
  const wanted = [...has.hangUp ? [] : [commandVariables], ...has.verify ? [] : [secret]];
  return wanted.filter((one) => !wanted.some((other) => other !== one && other.includes(one)))
    .join("; ");
}

/** Makes the provider of a carrier; with `required`, one whose calls nothing proves is off. */
export function createProvider(
  carrier: Carrier,
  environment: Environment,
  { required = false }: { readonly required?: boolean } = {},
): Provider {
  const account = carrier.account(environment);
  const commands = carrier.commands(environment);
  const { hangUp } = commands;
  const verify = carrier.webhook ? account.verifyWebhook : account.verifyUpgrade;
  return {
    carrier,
    account,
    ...(required && !verify ? { off: true } : {}),
    commands,
    async hangUp(call, { trusted }) {
      if (hangUp && trusted) {
        await command((signal) => hangUp(call, signal));
      } else if (!toldToSet.has(carrier) && !carrier.endsWithStream) {
        toldToSet.add(carrier);
        logger.warn(
          "The runner cannot hang up calls on {carrier}, so the carrier ends them. To let the runner " +
            "hang up and verify calls, set {variables}",
          { carrier: carrier.name, variables: missing(carrier, { hangUp, verify }) },
        );
      }
    },
  };
}

/**
 * The command of that name.
 *
 * @throws {RunnerError} `carrier_cannot` if the carrier has no such command, else `no_credentials`.
 */
export function needed<Name extends keyof CarrierCommands>(
  provider: Provider,
  name: Name,
): NonNullable<CarrierCommands[Name]> {
  const { carrier, commands: { [name]: found } } = provider;
  if (found) return found;
  if (name === "transfer" || name === "dial") cannot(provider, name);
  const detail = `To command calls of ${carrier.name}, set ${carrier.commandVariables}.`;
  throw new RunnerError("no_credentials", detail);
}

/**
 * Throws if the carrier lacks a command, whatever the secrets.
 *
 * @throws {RunnerError} `carrier_cannot`, with what to do instead.
 */
export function cannot({ carrier }: Provider, name: CarrierCommandName): void {
  const instead = carrier.cannot?.[name];
  if (instead !== undefined) throw new RunnerError("carrier_cannot", instead);
}

/** Runs a command to a carrier, within its time. It never rejects: a failure is logged. */
export async function command(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  try {
    await abortedAfter(COMMAND_MS, run);
  } catch (error) {
    logger.error("A command to the carrier failed: {error}", { error });
  }
}

/**
 * Logs that a request was not signed as the carrier signs, and returns the error to answer with.
 *
 * @param url The address that the signature was checked against.
 */
export function forged({ carrier }: Provider, url: URL): RunnerError {
  // The path may hold a token, and the query phone numbers.
  const path = url.pathname.replace(/[\da-f]{48}/, "…").replace(/(\/ws\/).+/, "$1…");
  logger.warn(
    "Refused a request that {carrier} did not sign, or signed for an address other than {url}. " +
      "If it came from {carrier}, set the address that {carrier} calls: publicUrl, --proxy",
    { carrier: carrier.name, url: `${url.origin}${path}${url.search ? "?…" : ""}` },
  );
  return new RunnerError("bad_signature", `This request is not signed by ${carrier.name}.`);
}

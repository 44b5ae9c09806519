/**
 * Asterisk's commands for a call: actions of its manager interface (AMI), over HTTP (`webenabled`
 * in `manager.conf`). The stream's channel stands for the call.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands } from "../../../core/carrier_commands.ts";
import { RunnerError } from "../../../core/error.ts";
import { countFailure } from "../../../core/failures.ts";
import type { Purpose } from "./rest.ts";

/** An action of the manager, by its fields. */
type Action = Readonly<Record<string, string>>;

/** Makes the commands that the secrets allow. */
export function asteriskCommands(environment: Environment): CarrierCommands {
  const {
    ASTERISK_AMI_URL: address,
    ASTERISK_AMI_USERNAME: Username,
    ASTERISK_AMI_SECRET: Secret,
    ASTERISK_AMI_CONTEXT: Context = "default",
  } = environment;
  if (!address || !Username || !Secret) return {};
  const url = `${address.replace(/\/$/, "")}/rawman`;
  // The manager's session ends by itself, a minute later.
  const login = { Action: "Login", Username, Secret, Events: "off" };
  return {
    transfer: ({ streamId: Channel, to: Exten }, signal) =>
      act("transfer", url, [login, { Action: "BlindTransfer", Channel, Context, Exten }], signal),
    sendDigits({ streamId: Channel }, keys, signal) {
      // As if the bot's channel had received it, so that the other one hears it.
      const press = { Action: "PlayDTMF", Channel, Receive: "true" };
      const presses = [...keys].map((Digit) => ({ ...press, Digit }));
      return act("send_digits", url, [login, ...presses], signal);
    },
  };
}

/** Sends actions one by one, until one fails. */
async function act(
  purpose: Purpose,
  url: string,
  actions: readonly Action[],
  signal: AbortSignal,
): Promise<void> {
  let cookie = "";
  for (const action of actions) {
    const request = {
      method: "POST",
      headers: { cookie },
      body: new URLSearchParams(action),
      redirect: "manual", // the credentials are only for this host
      signal,
    } as const;
    // The reason for a missing answer may contain the address.
    const response = await fetch(url, request).catch(() => undefined);
    const answer = await response?.text().catch(() => "") ?? "";
    const session = response?.headers.get("set-cookie") ?? "";
    cookie = /mansession_id="?\w+"?/.exec(session)?.[0] ?? cookie;
    if (/^Response: Success\b/m.test(answer)) continue;
    if (/^Message: Channel .*not (found|exist)/m.test(answer)) {
      throw new RunnerError("call_over", "The call has ended.");
    }
    countFailure("carrier", "asterisk", purpose);
    const detail =
      `Asterisk did not carry out the action ${action.Action}: check ASTERISK_AMI_URL, ` +
      "the user's secret and rights, and the context.";
    throw new RunnerError(`${purpose}_failed`, detail);
  }
}

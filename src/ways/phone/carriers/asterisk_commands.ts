/**
 * What Asterisk can be told to do with a call: actions of its manager interface (AMI), over HTTP
 * (`webenabled` in `manager.conf`). The channel of the stream stands for the call.
 *
 * @module
 */
import type { Environment } from "../../../core/carrier.ts";
import type { CarrierCommands } from "../../../core/carrier_commands.ts";
import { RunnerError } from "../../../core/error.ts";
import { apiAddress, type Purpose } from "./rest.ts";

/** How long a key is pressed, in ms. */
const KEY_MS = 100;

/** Makes the commands that the secrets allow. */
export function asteriskCommands(environment: Environment): CarrierCommands {
  const {
    ASTERISK_AMI_URL: address,
    ASTERISK_AMI_USERNAME: Username,
    ASTERISK_AMI_SECRET: Secret,
    ASTERISK_AMI_CONTEXT: Context = "default",
  } = environment;
  if (!address || !Username || !Secret) return {};
  const manager = { url: `${apiAddress(address)}/rawman`, login: { Username, Secret } };
  return {
    transfer: ({ streamId: Channel, to: Exten }, signal) =>
      act("transfer", manager, [{ Action: "BlindTransfer", Channel, Context, Exten }], signal),
    sendDigits({ streamId: Channel }, keys, signal) {
      const press = (Digit: string) => ({
        Action: "PlayDTMF",
        Channel,
        Digit,
        Duration: String(KEY_MS),
        Receive: "true", // as if the bot's channel had pressed it, so that the other one hears it
      });
      return act("send_digits", manager, [...keys].map(press), signal);
    },
  };
}

type Action = Readonly<Record<string, string>>;

/** Logs in, acts, and logs off. */
async function act(
  purpose: Purpose,
  { url, login }: { readonly url: string; readonly login: Action },
  actions: readonly Action[],
  signal: AbortSignal,
): Promise<void> {
  const failed = (detail: string) => new RunnerError(`${purpose}_failed`, detail);
  let cookie = "";
  const post = async (action: Action): Promise<string> => {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: cookie ? { cookie } : {},
        body: new URLSearchParams(action),
        redirect: "manual", // the credentials are for this host alone
        signal,
      });
      cookie = /mansession_id="?\w+"?/.exec(response.headers.get("set-cookie") ?? "")?.[0] ??
        cookie;
      return await response.text();
    } catch {
      throw failed("Asterisk did not respond to the manager's request.");
    }
  };
  const done = (answer: string) => /^Response: Success\b/m.test(answer);
  if (!done(await post({ Action: "Login", ...login, Events: "off" }))) {
    throw failed(
      "Asterisk refused the login: check ASTERISK_AMI_USERNAME and ASTERISK_AMI_SECRET.",
    );
  }
  try {
    for (const action of actions) {
      const answer = await post(action);
      if (done(answer)) continue;
      if (/^Message: Channel .*(not found|not exist)/im.test(answer)) {
        throw new RunnerError("call_over", "The call has ended.");
      }
      throw failed(
        "Asterisk refused the action: check the context, the extension and the user's rights.",
      );
    }
  } finally {
    await post({ Action: "Logoff" }).catch(() => {}); // its session ends by itself, too
  }
}

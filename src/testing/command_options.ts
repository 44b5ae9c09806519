/**
 * The arguments of `call` on the command line.
 *
 * @module
 */
import type { TelephonyTransportName } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import { areKeys, KEYS } from "../core/keys.ts";
import { CARRIER_NAMES } from "../core/transport_names.ts";
import { parseArguments } from "./parse_arguments.ts";

/** What `--help` prints. */
export const HELP = `Phones a bot as a phone company would, without an account.

Usage: call <url> [options]

  <url>               the runner's address, such as http://localhost:7860; add its base path, and one
                      of several bots, as in http://localhost:7860/sales
  --carrier <name>    ${CARRIER_NAMES.join(", ")} (default: twilio)
  --websocket         connects over a plain WebSocket, as a browser does, not by phone. The bot then
                      reports what is said, so a script can type, and expect words and tools
  --say <file.wav>    says this (16-bit PCM) once the bot is silent; repeat it to say several in turn
  --barge-in          says it while the bot speaks, half a second after the bot begins
  --press <keys>      then presses these keys, of ${KEYS}
  --script <file>     follows this JSON or YAML script; its clips are files beside it:
                        steps:
                          - { wait_for: speech, within_ms: 3000 }
                          - { wait_for: silence }
                          - { say: hello.wav, within_ms: 1500 }
                          - { say: stop.wav, barge_in_after_ms: 800, stops_within_ms: 500 }
                          - { press: "1" }
                          - { pause_ms: 500 }
                          - { expect: { text_contains: "a table for two" } }
                          - { expect: { hung_up_by: bot } }
  --json              prints one line of JSON and nothing else
  --record <file.wav> records what is heard
  --from <number>     the caller's number
  --to <number>       the number that is called
  --seconds <n>       hangs up after this long (default: 30)
  --secret <secret>   signs the call, with Twilio's or Plivo's auth token, Vonage's signature secret,
                      USER:PASSWORD for Exotel or Asterisk, or your own private key for Telnyx.
                      Default: from the environment

It hangs up when the script is over or the bot has been silent for three seconds. It exits with 1 if
the bot failed or did not do what the script expects.`;

/** The arguments of `call` on the command line. */
export interface CallCommandOptions {
  readonly url: URL;
  readonly carrier: TelephonyTransportName;
  /** Whether the caller comes over a plain WebSocket, not through a carrier. */
  readonly websocket: boolean;
  readonly say: readonly string[];
  readonly bargeIn: boolean;
  readonly script?: string | undefined;
  readonly json: boolean;
  readonly press?: string | undefined;
  readonly record?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly seconds: number;
  readonly secret?: string | undefined;
}

/**
 * Reads the arguments; undefined if help is requested.
 *
 * @throws {RunnerError} `usage`, with what is wrong.
 */
export function readOptions(args: readonly string[]): CallCommandOptions | undefined {
  const text = { type: "string" } as const;
  const { values, positionals: [address, ...rest] } = parseArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      carrier: { ...text, short: "c" },
      websocket: { type: "boolean", default: false },
      say: { ...text, multiple: true, default: [] },
      "barge-in": { type: "boolean", default: false },
      script: text,
      json: { type: "boolean", default: false },
      press: text,
      record: text,
      from: text,
      to: text,
      seconds: { ...text, default: "30" },
      secret: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const url = URL.parse(withScheme(address ?? ""));
  if (!url || !/^https?:$/.test(url.protocol) || rest.length > 0) {
    throw usage("Name one address to call, such as http://localhost:7860.");
  }
  const { carrier: named = "twilio", websocket } = values;
  const carrier = CARRIER_NAMES.find((name) => name === named);
  if (!carrier) throw usage(`--carrier takes one of ${CARRIER_NAMES.join(", ")}.`);
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw usage("--seconds takes a number.");
  if (values.press !== undefined && !areKeys(values.press)) {
    throw usage(`--press takes keys of ${KEYS}.`);
  }
  const phoneOnly = (["carrier", "from", "to", "secret"] as const).find((name) => values[name]);
  if (websocket && phoneOnly) {
    throw usage(`--${phoneOnly} is for the phone; leave --websocket out.`);
  }
  if (values["barge-in"] && values.say.length === 0) throw usage("--barge-in needs a --say.");
  if (values.script !== undefined && (values.say.length > 0 || values.press !== undefined)) {
    throw usage("--script says what to say and to press; leave --say and --press out.");
  }
  return { ...values, url, carrier, seconds, bargeIn: values["barge-in"] };
}

/** An address as people type it, such as `localhost:7860`. */
function withScheme(address: string): string {
  return /^[\w.-]+:\d+(\/|$)|^localhost(\/|$)/.test(address) ? `http://${address}` : address;
}

function usage(detail: string): RunnerError {
  return new RunnerError("usage", detail);
}

/**
 * `dial` on the command line: tells a runner to phone somebody.
 *
 * @module
 */
import type { Environment } from "../core/carrier.ts";
import { RunnerError } from "../core/error.ts";
import { parseJson } from "../core/json.ts";
import { printableLine } from "../core/printable.ts";
import { CARRIER_NAMES } from "../core/transport_names.ts";
import { parseArguments } from "../testing/parse_arguments.ts";

const HELP = `Tells a runner to phone somebody, who then talks to its bot.

Usage: dial <number> [options]

  <number>            the number to call, in international format: +15551234567
  --carrier <name>    ${CARRIER_NAMES.join(", ")} (default: twilio)
  --from <number>     the number to show. Default: from the runner's environment,
                      such as TWILIO_PHONE_NUMBER
  --body <json>       the body for the bot
  --machine-detection detects an answering machine; args.call.answeredBy() tells the bot
  --url <url>         the runner's address (default: http://localhost:7860). If it has several bots,
                      add one: https://bot.example.com/sales
  --token <token>     its start token. Default: PIPECAT_START_TOKEN

The runner needs a start token, a public address (--proxy) and the carrier's secrets. Each run of
this command makes a call.`;

/**
 * Does what the arguments after `dial` say.
 *
 * @param environment Where the start token is.
 * @throws {RunnerError} `usage` if the arguments are wrong, `unreachable` if no runner answers, and
 * `dial_failed` with the runner's message.
 */
export async function dialCommand(
  args: readonly string[],
  environment: Environment = {},
): Promise<void> {
  const { values, positionals: [to, ...rest] } = parseArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      carrier: { type: "string", short: "c", default: "twilio" },
      from: { type: "string" },
      body: { type: "string" },
      "machine-detection": { type: "boolean" },
      url: { type: "string", default: "http://localhost:7860" },
      token: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(HELP);
  if (to === undefined || rest.length > 0) throw usage("Name one number, such as +15551234567.");
  const url = URL.parse(values.url);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw usage("--url takes the address of a runner, such as http://localhost:7860.");
  }
  if (!CARRIER_NAMES.some((name) => name === values.carrier)) {
    throw usage(`--carrier takes one of ${CARRIER_NAMES.join(", ")}.`);
  }
  const body = values.body === undefined ? undefined : parseJson(values.body);
  if (values.body !== undefined && body === undefined) throw usage("--body takes JSON.");
  const order = {
    transport: values.carrier,
    to,
    from: values.from,
    body,
    machineDetection: values["machine-detection"],
  };
  const token = values.token ?? environment.PIPECAT_START_TOKEN;
  const answer = await post(new URL(`${url.pathname.replace(/\/$/, "")}/dial`, url), order, token);
  console.log(printableLine(`Ringing: session ${answer.sessionId}, call ${answer.callId}.`));
}

async function post(
  url: URL,
  order: unknown,
  token: string | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token.split(",", 1)[0]}` }),
      },
      body: JSON.stringify(order),
    });
  } catch (cause) {
    throw new RunnerError("unreachable", `No runner answers at ${url.origin}.`, { cause });
  }
  const answer = parseJson(await response.text());
  const told = typeof answer === "object" && answer !== null ? { ...answer } : {};
  if (response.ok) return told;
  const detail = "detail" in told ? String(told.detail) : `The runner answered ${response.status}.`;
  throw new RunnerError("dial_failed", printableLine(detail), { answered: response.status });
}

function usage(detail: string): RunnerError {
  return new RunnerError("usage", detail);
}

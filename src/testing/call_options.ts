/**
 * The options of a simulated call.
 *
 * @module
 */
import type { TelephonyTransportName } from "../core/bot.ts";
import { badOption, flag, oneOf, option, type OptionParsers } from "../core/options.ts";
import { originOf } from "../core/origin.ts";
import { objectWith, parseSpelledOptions } from "../core/spelled_options.ts";
import { CARRIER_NAMES } from "../core/transport_names.ts";
import type { CallChaos } from "./chaos.ts";
import type { CallClock } from "./clock.ts";
import type { Pace } from "./pace.ts";

/** How to call. */
export interface CallOptions {
  /** The phone company that the call comes through. */
  readonly carrier: TelephonyTransportName;
  /** The caller's number. Default: +15550100001. */
  readonly from?: string;
  /** The number that is called. Default: +15550100002. */
  readonly to?: string;
  /** The carrier's id of the call, such as that of one that was dialled. Default: a new one. */
  readonly callId?: string;
  /** Further parameters of the webhook, or others in place of the carrier's own. */
  readonly params?: Readonly<Record<string, string>>;
  /**
   * Signs what the carrier signs: the auth token of Twilio or Plivo, the private half of
   * `telnyxKeys`, the signature secret of Vonage, or what Exotel and Asterisk send instead,
   * `USER:PASSWORD`. Nothing is signed without.
   */
  readonly secret?: string;
  /** The method of the webhook. Default: the carrier's own (Telnyx: POST with a secret). */
  readonly method?: "GET" | "POST";
  /**
   * The path of the webhook, or of the stream for a carrier that has no webhook. Default: the path of
   * the URL and behind it, where it does not end so, the carrier's name, or `/ws`.
   */
  readonly path?: string;
  /** The origin that a runner in this process is called under. Default: `https://bot.test`. */
  readonly origin?: string;
  /** Opens this stream and calls no webhook, as an Exotel applet with a fixed address does. */
  readonly streamUrl?: string;
  /**
   * `real` lives in real time and streams silence while nothing is said. Default: real. `fast` waits
   * for nobody: what is said goes out, and what is sent is heard, as fast as the process can, while
   * the runner lives in real time. `virtual` is as `real`, but on a clock of its own for both sides,
   * so that a minute takes a second and all times are exact; for a runner of this process.
   */
  readonly pace?: Pace;
  /** Another clock in place of that of `pace`, such as one that a test moves by hand. */
  readonly clock?: CallClock;
  /** What shall go wrong. */
  readonly chaos?: CallChaos;
}

const isText = (value: unknown): value is string => typeof value === "string";
const text = option("a string", isText);
const count = option(
  "a whole number from 0",
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
);
const ms = option(
  "a number of milliseconds from 0",
  (value): value is number => Number.isFinite(value) && Number(value) >= 0,
);

const CHAOS: OptionParsers<CallChaos> = {
  startDelayMs: ms,
  shuffle: count,
  bothTracks: flag,
  garbage: count,
  asBytes: flag,
  earlyMedia: count,
  repeats: count,
  latencyMs: ms,
  bufferMs: ms,
  seed: count,
};

const carrier = oneOf(CARRIER_NAMES);

/** What each option takes. */
export const OPTIONS: OptionParsers<CallOptions> = {
  carrier,
  from: text,
  to: text,
  callId: text,
  params: option(
    "an object of strings",
    (value): value is Record<string, string> =>
      typeof value === "object" && value !== null && Object.values(value).every(isText),
  ),
  secret(value, name) {
    if (isText(value)) return value;
    throw badOption(name, "a string"); // which is not repeated
  },
  method: oneOf(["GET", "POST"]),
  path: option(
    "a path that begins with a slash",
    (value): value is string => isText(value) && value.startsWith("/"),
  ),
  origin: option(
    "an origin such as https://bot.test",
    (value): value is string => isText(value) && originOf(value) !== undefined,
  ),
  streamUrl: option(
    "an address such as wss://bot.test/ws, or a path of the server",
    (value): value is string => {
      const address = isText(value) ? URL.parse(value, "https://bot.test") : null;
      return /^(wss?|https?):$/.test(address?.protocol ?? "");
    },
  ),
  pace: oneOf(["real", "fast", "virtual"]),
  clock: objectWith<CallClock>("a clock with now() and schedule()", "now", "schedule"),
  chaos: (value, name) => parseSpelledOptions<CallChaos>(CHAOS, value, name),
};

/**
 * Parses the options of a call.
 *
 * @throws {RunnerError} `bad_option`, naming the option and what it takes.
 */
export function parseCallOptions(options: CallOptions): CallOptions {
  const parsed = parseSpelledOptions<CallOptions>(OPTIONS, options);
  if (parsed.carrier === undefined) carrier(undefined, "carrier");
  return parsed;
}

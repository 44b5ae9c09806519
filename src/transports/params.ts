/**
 * The parameters of `createTransport`: flat, by the name of a transport, or both.
 *
 * @module
 */
import type { TransportName } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import { TRANSPORT_NAMES } from "../core/transport_names.ts";
import type { TransportParams } from "./transport.ts";

/**
 * How transports behave. What stands beside the names holds for every transport; what stands under a
 * transport's name goes before it.
 */
export type TransportOptions =
  & TransportParams
  & Readonly<Partial<Record<TransportName, TransportParams>>>;

/** The names of all parameters. The type makes sure that none is missing. */
const PARAMS: Readonly<Record<keyof TransportParams, true>> = {
  audioInSampleRate: true,
  audioInChannels: true,
  audioOutSampleRate: true,
  rtvi: true,
};

/**
 * The parameters of one transport.
 *
 * @throws {RunnerError} `unknown_option` when a key is neither a parameter nor a transport.
 */
export function paramsFor(name: TransportName, options: TransportOptions): TransportParams {
  const all: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options)) {
    if (key in PARAMS) all[key] = value;
    else if (!TRANSPORT_NAMES.some((known) => known === key)) throw unknown(key);
  }
  const own = options[name] ?? {};
  for (const key of Object.keys(own)) if (!(key in PARAMS)) throw unknown(`${name}.${key}`);
  return { ...all, ...own };
}

function unknown(key: string): RunnerError {
  const params = Object.keys(PARAMS).join(", ");
  return new RunnerError(
    "unknown_option",
    `createTransport does not know the option '${key}'. It takes ${params}, and the same under ` +
      `the name of a transport: ${TRANSPORT_NAMES.join(", ")}.`,
  );
}

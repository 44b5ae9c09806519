/**
 * Somebody who talks to a bot over a plain WebSocket, as a browser's client does.
 *
 * @module
 */
import { option, type OptionParsers } from "../core/options.ts";
import { parseSpelledOptions } from "../core/spelled_options.ts";
import { OPTIONS as CALL_OPTIONS } from "./call_options.ts";
import type { CallClock } from "./clock.ts";
import type { FetchTarget } from "./memory_platform.ts";
import { clockOf, type Pace } from "./pace.ts";
import { createRtviCaller, type RtviCaller } from "./rtvi_caller.ts";
import { routeAddress } from "./route_address.ts";
import { serverOf } from "./server.ts";

/** How to visit a bot. */
export interface WebSocketCallOptions {
  /** As for a phone call. Default: real. */
  readonly pace?: Pace;
  /** Another clock instead of that of `pace`. */
  readonly clock?: CallClock;
  /** The origin for a runner in this process. Default: `https://bot.test`. */
  readonly origin?: string;
  /**
   * The address of the WebSocket, such as the `wsUrl` of `POST /start`. Default: `/ws-client`,
   * below the path of the URL.
   */
  readonly path?: string;
}

const OPTIONS: OptionParsers<WebSocketCallOptions> = {
  pace: CALL_OPTIONS.pace,
  clock: CALL_OPTIONS.clock,
  origin: CALL_OPTIONS.origin,
  path: option(
    "a path or an address",
    (value): value is string =>
      typeof value === "string" && URL.canParse(value, "https://bot.test"),
  ),
};
const SAMPLE_RATE = 24_000;

/**
 * Visits a bot over a plain WebSocket, with sound at 24 kHz: opens it, says `client-ready` and
 * waits up to 10 s for `bot-ready`.
 *
 * @param target A runner in this process, or the URL of any runner, or of one of its bots.
 * @throws {RunnerError} `stream_refused` if the WebSocket is not accepted, `not_connected` if the
 * bot is not ready in time; `bad_option` for a wrong option, with what it takes.
 *
 * @example
 * ```ts
 * import { createRunner, createTransport } from "@pipecat/runner";
 * import { callWebSocket } from "@pipecat/runner/testing";
 *
 * const runner = createRunner(async (args) => {
 *   await using transport = await createTransport(args);
 *   transport.rtvi.userSaid("Hello.");
 *   await transport.readable.pipeTo(transport.writable);
 * });
 * await using caller = await callWebSocket(runner, { pace: "virtual" });
 * await caller.say(new Int16Array(24_000).fill(1000));
 * console.log(await caller.untilSpeech(), caller.transcript);
 * ```
 */
export async function callWebSocket(
  target: FetchTarget | string | URL,
  given: WebSocketCallOptions = {},
): Promise<RtviCaller> {
  const options = parseSpelledOptions<WebSocketCallOptions>(OPTIONS, given);
  const { pace = "real" } = options;
  const clock = options.clock ?? clockOf(pace);
  const server = serverOf(target, { ...options, clock });
  const { path } = options;
  const address = path === undefined
    ? routeAddress(server.url, "ws-client")
    : new URL(path, server.url);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = await server.connect(address, {});
  return await createRtviCaller({
    socket,
    clock,
    sampleRate: SAMPLE_RATE,
    silence: pace !== "fast",
    settled: server.settled,
  });
}

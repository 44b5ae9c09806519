/**
 * Somebody who talks to a bot over WebRTC, without a network.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { option, type OptionParsers } from "../core/options.ts";
import { parseSpelledOptions } from "../core/spelled_options.ts";
import { OPTIONS as CALL_OPTIONS } from "./call_options.ts";
import type { CallClock } from "./clock.ts";
import { offerCall, PEER_RATE } from "./memory_peers.ts";
import type { FetchTarget } from "./memory_platform.ts";
import { clockOf, type Pace } from "./pace.ts";
import { createRtviCaller, type RtviCaller } from "./rtvi_caller.ts";
import { refusalIn } from "./refusal.ts";
import { serverOf } from "./server.ts";

/** How to visit a bot over WebRTC. */
export interface WebRtcCallOptions {
  /** As for a phone call. Default: real. */
  readonly pace?: Pace;
  /** Another clock instead of that of `pace`. */
  readonly clock?: CallClock;
  /** The runner's origin. Default: `https://bot.test`. */
  readonly origin?: string;
  /** What the bot gets as `args.body`. Default: `{}`. */
  readonly body?: unknown;
}

const OPTIONS: OptionParsers<WebRtcCallOptions> = {
  pace: CALL_OPTIONS.pace,
  clock: CALL_OPTIONS.clock,
  origin: CALL_OPTIONS.origin,
  body: option("anything", (_value): _value is unknown => true),
};

/**
 * Visits a bot over WebRTC, with sound at 48 kHz: sends an offer, says `client-ready` and waits up
 * to 10 s for `bot-ready`.
 *
 * @param runner A runner in this process with `webrtc: memoryPeers()`.
 * @throws {RunnerError} `stream_refused` if the offer is refused, for example by another WebRTC
 * stack; `not_connected` if the bot is not ready in time; `bad_option` for a wrong option.
 *
 * @example
 * ```ts
 * import { createRunner, createTransport } from "@pipecat/runner";
 * import { callWebRtc, memoryPeers } from "@pipecat/runner/testing";
 *
 * const runner = createRunner(async (args) => {
 *   await using transport = await createTransport(args);
 *   await transport.readable.pipeTo(transport.writable);
 * }, { webrtc: memoryPeers() });
 * await using caller = await callWebRtc(runner, { pace: "virtual" });
 * const { responseMs } = await caller.say(new Int16Array(48_000).fill(1000));
 * console.log(await responseMs);
 * ```
 */
export async function callWebRtc(
  runner: FetchTarget,
  given: WebRtcCallOptions = {},
): Promise<RtviCaller> {
  const options = parseSpelledOptions<WebRtcCallOptions>(OPTIONS, given);
  const { pace = "real", body = {} } = options;
  const clock = options.clock ?? clockOf(pace);
  const server = serverOf(runner, { ...options, clock });
  const { sdp, socket, withdraw } = offerCall(clock);
  try {
    const response = await server.fetch(
      new Request(new URL("/api/offer", server.url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ sdp, type: "offer", request_data: body }),
      }),
    );
    const words = await response.text();
    if (!response.ok) {
      const detail = `The offer was refused; the runner needs webrtc: memoryPeers(). ${
        refusalIn(words)
      }`;
      throw new RunnerError("stream_refused", detail, { answered: response.status });
    }
  } finally {
    withdraw();
  }
  return await createRtviCaller({
    socket,
    clock,
    sampleRate: PEER_RATE,
    silence: pace !== "fast",
    settled: server.settled,
  });
}

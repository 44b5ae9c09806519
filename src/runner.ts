/**
 * A bot behind one web-standard `fetch`.
 *
 * @module
 */
import { composeRunner, type Runner } from "./compose.ts";
import type { Bot } from "./core/bot.ts";
import type { Bots } from "./sessions/bots.ts";
import { parseSpelledOptions } from "./core/spelled_options.ts";
import { hostComposition } from "./host_composition.ts";
import { runnerOptions } from "./host_options.ts";
import type { RunnerOptions } from "./runner_options.ts";
import type { MakeWay } from "./ways/way.ts";

export type { DrainOptions, Runner } from "./compose.ts";
export type { DailyOptions, RunnerOptions } from "./runner_options.ts";

/**
 * Puts a bot behind one `fetch`, or several by name: `createRunner({ greeter, sales })`. All that is
 * served at `/` is then also served at `/greeter/` and `/sales/` for that bot, in the shape of Pipecat
 * Cloud's `/{agentName}/start`; at `/` is the first.
 *
 * @throws {RunnerError} `bad_bot_name`; `bad_option`, naming the option and what it takes; and
 * `no_credentials`, `no_secret` or `no_webrtc` for what an option needs besides; `no_worker` in a Worker,
 * which is made by `worker(bot)`.
 *
 * @example
 * ```ts
 * import { createRunner } from "@pipecat/runner";
 *
 * const runner = createRunner(async ({ sessionId }) => console.log("hello", sessionId));
 * const response = await runner.fetch(new Request("http://localhost/status"));
 * console.log(await response.json()); // { status: "ready", transports: […] }
 * await runner.close();
 * ```
 */
export function createRunner(bot: Bot | Bots, options: RunnerOptions = {}): Runner {
  return hostRunner(bot, parseSpelledOptions<RunnerOptions>(runnerOptions(), options));
}

/** The same for options that are parsed, with further ways in before those of the host. */
export function hostRunner(
  bot: Bot | Bots,
  options: RunnerOptions,
  ways: readonly MakeWay[] = [],
): Runner {
  const composition = hostComposition();
  return composeRunner({ ...composition, ways: [...ways, ...composition.ways] }, bot, options);
}

/**
 * A bot behind one web-standard `fetch`.
 *
 * @module
 */
import type { Hono } from "hono";
import { composeRunner } from "./compose.ts";
import type { Bot, TransportName } from "./core/bot.ts";
import type { Bots } from "./core/bots.ts";
import type { Platform } from "./core/platform.ts";
import type { Sessions } from "./core/session.ts";
import { servedFiles } from "./features/files.ts";
import type { AppEnv } from "./routes/env.ts";
import { joinMediaNode } from "./routes/media_node.ts";
import type { RunnerOptions } from "./runner_options.ts";
import { allWays } from "./ways/all.ts";

export type { DailyOptions, RunnerOptions } from "./runner_options.ts";

/** A bot behind one `fetch`. */
export interface Runner extends AsyncDisposable {
  /** The user's own routes; add more at any time before the first request. */
  readonly app: Hono<AppEnv>;
  /** The transports that `POST /start` takes, in the order of `GET /status`. */
  readonly transports: readonly TransportName[];
  /** The names of its bots, where it has several: each is served below its own, as at `/sales/start`. */
  readonly bots: readonly string[];
  /** The sessions that run now. */
  readonly sessions: Sessions;
  /** Answers a request. WebSockets need the host's {@link Platform}. */
  fetch(request: Request, platform?: Platform): Response | Promise<Response>;
  /**
   * Refuses new sessions with a 503, or with words on the phone, and waits for the others to end by
   * themselves: those that run, and those that were promised. At the deadline the rest is ended.
   */
  drain(options?: DrainOptions): Promise<void>;
  /** Ends all sessions and refuses new ones; resolves when every bot has returned. */
  close(): Promise<void>;
}

/** How to drain. */
export interface DrainOptions {
  /** How long to wait, in ms. Default: 25000. */
  readonly deadlineMs?: number | undefined;
}

/**
 * Puts a bot behind one `fetch`, or several by name: `createRunner({ greeter, sales })`. All that is
 * served at `/` is then also served at `/greeter/` and `/sales/` for that bot, in the shape of Pipecat
 * Cloud's `/{agentName}/start`; at `/` is the first.
 *
 * @throws {RunnerError} `bad_bot_name`, and what is wrong with a setting.
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
  const composition = { ways: allWays(), mediaNode: joinMediaNode, features: servedFiles };
  return composeRunner(composition, bot, options);
}

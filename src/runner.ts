/**
 * A bot behind one web-standard `fetch`.
 *
 * @module
 */
import { compose, type Composition } from "./compose.ts";
import type { Bot, TransportName } from "./core/bot.ts";
import { RunnerError } from "./core/error.ts";
import type { DialledCall, DialOptions } from "./core/phone_call.ts";
import type { Platform } from "./core/platform.ts";
import { parseSpelledOptions } from "./core/spelled_options.ts";
import { hostComposition } from "./host_composition.ts";
import { runnerOptions } from "./host_options.ts";
import type { Routes } from "./http/env.ts";
import type { RunnerOptions } from "./runner_options.ts";
import type { Bots } from "./sessions/bots.ts";
import type { RunningSessions } from "./sessions/session.ts";
import { DRAIN_MS } from "./sessions/session_set.ts";
import type { MakeWay } from "./ways/way.ts";

export type { DailyOptions, RunnerOptions } from "./runner_options.ts";

/** A bot behind one `fetch`. */
export interface Runner extends AsyncDisposable {
  /** The user's own routes; add more at any time before the first request. */
  readonly app: Routes;
  /** The transports that `POST /start` takes, in the order of `GET /status`. */
  readonly transports: readonly TransportName[];
  /**
   * The names of its bots, if it has several: each is served below its own, as at `/sales/start`.
   */
  readonly bots: readonly string[];
  /** The sessions that run now. */
  readonly sessions: RunningSessions;
  /**
   * Dials a call: whoever answers talks to the bot, whose `args.callData.direction` is `outbound`.
   * It needs a `publicUrl`, at which the carrier asks what to do, and the carrier's secrets.
   *
   * @param options.bot The name of the bot, if the runner has several. Default: the first.
   * @throws {RunnerError} `bad_number`, `number_not_allowed` (see `dialPrefixes`), `no_public_url`,
   * `no_credentials`, `carrier_cannot`, `transport_disabled`, `dial_off`; `dial_failed` with the
   * carrier's own code; `dial_uncertain` if the carrier has not answered: the phone may ring.
   *
   * @example
   * ```ts ignore
   * const runner = createRunner(bot, { publicUrl: "https://bot.example.com", environment });
   * const to = "+15551234567";
   * const { sessionId } = await runner.dial({ transport: "twilio", to, from, body: { name: "Ann" } });
   * ```
   */
  dial(options: DialOptions & { readonly bot?: string | undefined }): Promise<DialledCall>;
  /**
   * Resolves when the carriers' secrets are known to be valid; otherwise the first request for a
   * carrier would find out.
   *
   * @throws {RunnerError} for a secret that is wrong, such as `bad_public_key`.
   */
  ready(): Promise<void>;
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
 * Puts a bot behind one `fetch`, or several by name: `createRunner({ greeter, sales })`. Each bot
 * is then served below `/greeter/` and `/sales/`, like Pipecat Cloud's `/{agentName}/start`; the
 * first is also at `/`.
 *
 * @throws {RunnerError} `bad_bot_name`; `bad_option`, naming the option and what it takes;
 * `no_credentials`, `no_secret` or `no_webrtc` if an option needs more; `no_worker` in a Worker,
 * which `worker(bot)` makes.
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

/** The same for parsed options, with more ways before the host's. */
export function hostRunner(
  bot: Bot | Bots,
  options: RunnerOptions,
  ways: readonly MakeWay[] = [],
): Runner {
  const composition = hostComposition();
  return composeRunner({ ...composition, ways: [...ways, ...composition.ways] }, bot, options);
}

/**
 * Puts a bot behind one `fetch`, on a host that can have these ways in.
 *
 * @param options As they were parsed.
 * @throws {RunnerError} as {@link compose} does.
 */
export function composeRunner(
  composition: Composition,
  bot: Bot | Bots,
  options: RunnerOptions,
): Runner {
  const composed = compose(composition, bot, options);
  const { app, bots, sessions, root, sites, network, features, fetch } = composed;
  const all = [root, ...sites.values()];

  const end = async () => {
    await network?.close(); // first, so that no other process relies on this one
    await Promise.all([...all.map((site) => site.close()), sessions.close()]);
    await features.close();
  };
  let ending: Promise<void> | undefined;
  const close = () => ending ??= end();
  return {
    app,
    transports: root.transports,
    bots,
    sessions,
    async dial({ bot, ...order }) {
      const site = bot === undefined ? root : sites.get(bot);
      if (!site) throw new RunnerError("bad_bot_name", "There is no bot of this name.");
      if (!site.dial) {
        throw new RunnerError(
          "transport_disabled",
          "No carrier is enabled here, so none can dial.",
        );
      }
      const { publicUrl } = options;
      return await site.dial(order, publicUrl === undefined ? undefined : new URL(publicUrl));
    },
    fetch,
    async ready() {
      network?.begin();
      await root.ready(); // the others have the same secrets
    },
    async drain({ deadlineMs = DRAIN_MS } = {}) {
      const until = performance.now() + deadlineMs;
      await sessions.drain(deadlineMs);
      const left = until - performance.now();
      await Promise.all([network?.idle(left), ...all.map((site) => site.idle(left))]);
      await close();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

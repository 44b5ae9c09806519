/**
 * Runs a voice bot: you write `bot(args)`, the runner does the rest.
 *
 * @example
 * ```ts
 * import { createTransport, type RunnerArguments } from "@pipecat/runner";
 *
 * export async function bot(args: RunnerArguments): Promise<void> {
 *   await using transport = await createTransport(args);
 *   await transport.readable.pipeTo(transport.writable);
 * }
 * ```
 *
 * Then `deno run -A jsr:@pipecat/runner bot.ts`, and open the address that it prints.
 *
 * @module
 */
import type { CliOptions } from "./src/cli/main.ts";
import type { Bot } from "./src/core/bot.ts";
import { runsAsPublished } from "./src/core/as_published.ts";
import type { Bots } from "./src/sessions/bots.ts";
import { RunnerError } from "./src/core/error.ts";
import type { Fleet } from "./src/core/fleet.ts";
import type { Routes } from "./src/http/env.ts";
import type { ReadyCheck } from "./src/http/health.ts";
import { createRoutes } from "./src/http/hono.ts";
import type { SessionStore } from "./src/sessions/store.ts";

// The runner.
export { createRunner, type Runner, type RunnerOptions } from "./src/runner.ts";
export type { ReadyCheck } from "./src/http/health.ts";
export { RunnerError } from "./src/core/error.ts";
export type { AppEnv } from "./src/http/env.ts";

// The bot and what it is called with.
export type {
  Bot,
  CallData,
  DailyRunnerArguments,
  EvalRunnerArguments,
  LiveKitRunnerArguments,
  PlainWebSocketRunnerArguments,
  RunnerArguments,
  SessionContext,
  SmallWebRTCRunnerArguments,
  TelephonyRunnerArguments,
  WebSocketRunnerArguments,
} from "./src/core/bot.ts";
export type { PhoneCall } from "./src/core/phone_call.ts";
export type { Bots } from "./src/sessions/bots.ts";
export type { TransportName } from "./src/core/transport_names.ts";
export type { WhatsAppCall } from "./src/ways/whatsapp/webhook.ts";
export type { CallDecision, IncomingCall, OnCall } from "./src/core/incoming_call.ts";

// What it talks through.
export { createTransport } from "./src/transports/create.ts";
export type { TransportOptions } from "./src/transports/params.ts";
export type { Transport, TransportParams } from "./src/transports/transport.ts";
export type { Sayable, Utterance } from "./src/transports/utterance.ts";
export type { AudioFrame, DtmfFrame, Frame, MessageFrame } from "./src/core/frame.ts";
export type { ImageFrame, VideoFrame } from "./src/core/video.ts";

/**
 * Your own routes, for a bot file that runs itself with {@link main}. They are served at `/` and,
 * with `c.var.session` set, at `/sessions/:id/`.
 *
 * @example
 * ```ts ignore
 * app.get("/hello", (c) => c.text("hello"));
 * ```
 */
export const app: Routes = createRoutes();

/** What {@link main} runs. */
export interface MainOptions {
  /** The bot, or several by name: the first is served at `/`, each at `/<name>/`. */
  readonly bot: Bot | Bots;
  /** The command line. Default: the process's. */
  readonly args?: readonly string[];
  /**
   * Where sessions wait for their media, for several processes that share one store. `--store`
   * overrides it. Default: the memory of this process.
   */
  readonly store?: SessionStore;
  /**
   * The equal processes that this one belongs to. They also share one `store` and one
   * `RUNNER_SECRET`, and `--advertise` says where the others reach this one. `--store` overrides
   * it. Default: the process is alone.
   */
  readonly fleet?: Fleet;
  /** Says whether the bot takes new sessions, at `GET /readyz`. Default: it does. */
  readonly readyz?: ReadyCheck;
}

/**
 * Runs the bot of a file that is its own program: reads the command line and the environment,
 * serves, and resolves after Ctrl-C. Half a second later it ends the process, whatever still runs.
 * An error is printed and also ends the process.
 *
 * @example
 * ```ts ignore
 * if (import.meta.main) await main({ bot }); // deno run -A bot.ts --port 7000
 * ```
 */
export async function main(options: MainOptions): Promise<void> {
  await runCommandLine({ ...options, app });
}

// Not awaited: a bot file that imports this module would wait for it, and it for the bot file.
if (import.meta.main && runsAsPublished(import.meta.url)) void runCommandLine({ app });

async function runCommandLine(options: CliOptions): Promise<void> {
  // Bundlers for Workers know this name and leave the command line out: a Worker has none.
  if (navigator.userAgent !== "Cloudflare-Workers") {
    if (!("Deno" in globalThis)) {
      const detail =
        "The command line needs Deno. Elsewhere call serve(bot) of this host's module.";
      throw new RunnerError("no_command_line", detail);
    }
    const { runCommandLine } = await import("./src/cli/main.ts");
    await runCommandLine(options);
  }
}

/**
 * The server of Deno.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Bot } from "../core/bot.ts";
import type { Bots } from "../sessions/bots.ts";
import type { Platform } from "../core/platform.ts";
import { socketFrom } from "../core/socket.ts";
import { subprotocolOf, upgradeRequired } from "../core/upgrade.ts";
import type { Runner } from "../runner.ts";
import { type Address, type HostServer, type RunnerServer, startServer } from "./server.ts";
import type { ServeOptions } from "./serve_options.ts";
import { watchEvents } from "./uncaught_events.ts";

/**
 * Serves a bot, or several by name. The carriers' secrets are read from the environment, unless it is given: without
 * `--allow-env`, give one; it may be empty.
 *
 * @throws {RunnerError} `port_in_use`, `port_not_allowed` or `host_not_available` if it cannot
 * listen there, `transport_disabled` if the only transport requested is not available, and whatever
 * {@link createRunner} throws.
 *
 * @example
 * ```ts ignore
 * import { serve } from "@pipecat/runner/deno";
 * import { bot } from "./bot.ts";
 *
 * await using server = await serve(bot, { port: 7860 });
 * console.log(`Open ${server.url}/client/`);
 * ```
 */
export async function serve(
  bot: Bot | Bots,
  options: ServeOptions = {},
): Promise<RunnerServer> {
  const environment = options.environment ?? Deno.env.toObject();
  const host = { listen, watchUncaught: watchEvents, machine: machineName() };
  return await startServer(host, bot, { ...options, environment });
}

/** The name of this machine, if Deno may ask for it without prompting the user. */
function machineName(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  return state === "granted" ? Deno.hostname() : undefined;
}

function listen(address: Address, runner: Runner): HostServer {
  const answer = answerOf(runner);
  // Deno answers requests in the async context of whatever import() came last, and with it in another
  // session's name. Where it traces requests itself, each has a context of its own.
  const alone = isTracing() ? (work: () => ReturnType<typeof answer>) => work() : asyncContext();
  const server = Deno.serve(
    { ...address, onListen: () => {} },
    (request, info) => alone(() => answer(request, info)),
  );
  return { port: server.addr.port, shutdown: () => server.shutdown() };
}

/** Runs something in the async context of now. */
function asyncContext(): <T>(work: () => T) => T {
  return AsyncLocalStorage.snapshot();
}

/** Whether Deno makes spans of requests, as far as it may be asked without prompting the user. */
function isTracing(): boolean {
  const variable = "OTEL_DENO";
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" && ["true", "1"].includes(Deno.env.get(variable) ?? "");
}

/** What answers for a runner. */
export function answerOf(
  runner: Runner,
): (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response> {
  return (request, { remoteAddr }) =>
    runner.fetch(request, { ...PLATFORM, remoteAddress: () => hostOf(remoteAddr) });
}

/** The IP address of a connection; undefined on a Unix socket. */
function hostOf(address: Deno.Addr): string | undefined {
  return "hostname" in address ? address.hostname : undefined;
}

const PLATFORM: Platform = {
  upgrade(request) {
    const protocol = subprotocolOf(request.headers);
    try {
      const { socket, response } = Deno.upgradeWebSocket(request, protocol ? { protocol } : {});
      return { socket: socketFrom(socket), response };
    } catch (cause) {
      throw upgradeRequired(cause);
    }
  },
  waitUntil() {
    // A Deno process lives until it is told to stop, and then waits for its sessions.
  },
};

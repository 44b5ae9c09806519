/**
 * Serves a bot with Bun: HTTP, WebSockets, WebRTC and the page at `/client/`; with its own server,
 * or within yours.
 *
 * @module
 */
import { hostname as machineName } from "node:os";
import process from "node:process";
import type { Bot } from "../core/bot.ts";
import type { Runner } from "../runner.ts";
import type { Bots } from "../sessions/bots.ts";
import { bunHandlers, type BunServer, type BunWebSocketHandlers } from "./bun_http.ts";
import { type Address, type HostServer, type RunnerServer, startServer } from "./server.ts";
import type { ServeOptions } from "./serve_options.ts";
import { watchProcess } from "./uncaught_process.ts";

export type { BunServer, BunSocket, BunWebSocketHandlers } from "./bun_http.ts";
export { type BunMount, mount } from "./bun_mount.ts";
export { fileFolder } from "./files.ts";
export { type ProcessesOptions, serveProcesses } from "./processes/serve_processes.ts";
export type { Mounted } from "./mounted.ts";
export type { RunnerServer } from "./server.ts";
export type { MountOptions, ServeOptions } from "./serve_options.ts";

/** How long a connection may be silent, in seconds: the most that Bun allows. */
const IDLE_SECONDS = 255;

/**
 * Serves a bot, or several by name. The carriers' secrets are read from the environment, unless it is given.
 *
 * @throws {RunnerError} `port_in_use`, `port_not_allowed` or `host_not_available` if it cannot
 * listen there; `transport_disabled` if the only transport requested is not available.
 *
 * @example
 * ```ts ignore
 * import { serve } from "@pipecat/runner/bun";
 * import { bot } from "./bot.ts";
 *
 * const server = await serve(bot, { port: 7860 });
 * console.log(`Open ${server.url}/client/`);
 * ```
 */
export async function serve(
  bot: Bot | Bots,
  options: ServeOptions = {},
): Promise<RunnerServer> {
  const environment = options.environment ?? process.env;
  const host = { listen, watchUncaught: watchProcess, machine: machineName() };
  return await startServer(host, bot, { ...options, environment });
}

/** As much of Bun as is used here. */
interface Bun {
  serve(options: {
    readonly hostname: string;
    readonly port: number;
    readonly reusePort: boolean;
    readonly idleTimeout: number;
    readonly fetch: (request: Request, server: BunServer) => Promise<Response | undefined>;
    readonly websocket: BunWebSocketHandlers;
  }): BunServer & {
    readonly port: number;
    stop(closeActiveConnections: boolean): Promise<void>;
  };
}

function listen({ hostname, port, reusePort }: Address, runner: Runner): HostServer {
  // Bun has it, and only Bun loads this module.
  const { Bun } = globalThis as typeof globalThis & { readonly Bun: Bun };
  const { fetch, websocket } = bunHandlers(runner);
  const server = Bun.serve({
    hostname,
    port,
    reusePort,
    idleTimeout: IDLE_SECONDS,
    fetch,
    websocket,
  });
  return {
    port: server.port,
    shutdown: () => server.stop(false),
    drop: () => void server.stop(true),
  };
}

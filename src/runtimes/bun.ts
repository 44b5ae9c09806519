/**
 * Serves a bot with Bun: HTTP, WebSockets and the page at `/client/`.
 *
 * @module
 */
import { hostname as machineName } from "node:os";
import process from "node:process";
import type { Bot } from "../core/bot.ts";
import type { Bots } from "../sessions/bots.ts";
import { socketFrom } from "../core/socket.ts";
import { upgradeRequired } from "../core/upgrade.ts";
import type { Runner } from "../runner.ts";
import { BunWebSocket, type ServerWebSocket } from "./bun_socket.ts";
import { type Address, type HostServer, type RunnerServer, startServer } from "./server.ts";
import type { ServeOptions } from "./serve_options.ts";
import { watchProcess } from "./uncaught_process.ts";

export { fileFolder } from "./files.ts";
export { type ProcessesOptions, serveProcesses } from "./processes/serve_processes.ts";
export type { RunnerServer } from "./server.ts";
export type { ServeOptions } from "./serve_options.ts";

/** The largest message that a WebSocket takes, in bytes. */
const LARGEST_MESSAGE = 16 << 20;
/** How long a connection may be silent, in seconds: the most that Bun allows. */
const IDLE_SECONDS = 255;

/**
 * Serves a bot, or several by name. The carriers' secrets are read from the environment, unless it is given.
 *
 * @throws {RunnerError} `port_in_use`, `port_not_allowed` or `host_not_available` when it cannot
 * listen there, and `transport_disabled` when the one transport asked for is not to be had.
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
    readonly websocket: {
      readonly maxPayloadLength: number;
      open(socket: ServerWebSocket): void;
      message(socket: ServerWebSocket, message: string | ArrayBuffer): void;
      close(socket: ServerWebSocket, code: number, reason: string): void;
    };
  }): BunServer;
}

interface BunServer {
  readonly port: number;
  upgrade(request: Request, options: { readonly data: BunWebSocket }): boolean;
  requestIP(request: Request): { readonly address: string } | null;
  stop(closeActiveConnections: boolean): Promise<void>;
}

function listen({ hostname, port, reusePort }: Address, runner: Runner): HostServer {
  // Bun has it, and nobody else loads this module.
  const { Bun } = globalThis as typeof globalThis & { readonly Bun: Bun };
  const server = Bun.serve({
    hostname,
    port,
    reusePort,
    idleTimeout: IDLE_SECONDS,
    async fetch(request, server) {
      let accepted = false;
      const response = await runner.fetch(request, {
        upgrade() {
          const webSocket = new BunWebSocket();
          accepted = server.upgrade(request, { data: webSocket });
          if (!accepted) throw upgradeRequired();
          // What is answered now is not sent: Bun has answered.
          return { socket: socketFrom(webSocket), response: new Response(null) };
        },
        waitUntil() {
          // A Bun process lives on while its server listens.
        },
        remoteAddress: () => server.requestIP(request)?.address,
      });
      return accepted ? undefined : response;
    },
    websocket: {
      maxPayloadLength: LARGEST_MESSAGE,
      open: (socket) => socket.data.opened(socket),
      message: ({ data }, message) => data.arrived(message),
      close: ({ data }, code, reason) => data.ended(code, reason),
    },
  });
  return {
    port: server.port,
    shutdown: () => server.stop(false),
    drop: () => void server.stop(true),
  };
}

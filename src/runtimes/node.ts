/**
 * Serves a bot with Node 22 or newer: HTTP, WebSockets, WebRTC and the page at `/client/`; with its
 * own server, or within yours.
 *
 * @module
 */
import { createServer, type Server } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import { hostname as machineName } from "node:os";
import process from "node:process";
import type { Bot } from "../core/bot.ts";
import type { Bots } from "../sessions/bots.ts";
import type { Runner } from "../runner.ts";
import { nodeHandlers } from "./node_http.ts";
import { type Address, type HostServer, type RunnerServer, startServer } from "./server.ts";
import type { ServeOptions } from "./serve_options.ts";
import { watchProcess } from "./uncaught_process.ts";

export { fileFolder } from "./files.ts";
export { type ProcessesOptions, serveProcesses } from "./processes/serve_processes.ts";
export type { RunnerServer } from "./server.ts";
export type { Mounted } from "./mounted.ts";
export { mount, type NodeMount } from "./node_mount.ts";
export type { MountOptions, ServeOptions } from "./serve_options.ts";

/**
 * Serves a bot, or several by name. The carriers' secrets are read from the environment, unless it is given.
 *
 * @throws {RunnerError} `port_in_use`, `port_not_allowed` or `host_not_available` if it cannot
 * listen there; `transport_disabled` if the only transport requested is not available.
 *
 * @example
 * ```ts ignore
 * import { serve } from "@pipecat/runner/node";
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

async function listen(address: Address, runner: Runner): Promise<HostServer> {
  const handlers = nodeHandlers(runner, { overrideGlobalObjects: true });
  const server = createServer(handlers.request);
  server.on("upgrade", (incoming, socket, head) => {
    // A TCP connection: Node's type allows for others.
    handlers.upgrade({ incoming, socket: socket as TcpSocket, head });
  });
  await listening(server, address);
  const found = server.address();
  return {
    port: typeof found === "object" && found ? found.port : address.port,
    shutdown: () => new Promise((resolve) => server.close(() => resolve())),
    drop() {
      handlers.drop();
      // A connection that is kept alive would still be answered.
      server.closeAllConnections();
    },
  };
}

function listening(server: Server, { hostname: host, port, reusePort }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, ...(reusePort ? { reusePort } : {}) }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/**
 * Serves a bot with Node 22 or newer: HTTP, WebSockets, WebRTC and the page at `/client/`.
 *
 * @module
 */
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import { hostname as machineName } from "node:os";
import process from "node:process";
// @ts-types="@types/ws"
import { type WebSocket, WebSocketServer } from "ws";
import type { Bot } from "../core/bot.ts";
import type { Bots } from "../sessions/bots.ts";
import type { Platform } from "../core/platform.ts";
import { socketFrom } from "../core/socket.ts";
import { upgradeRequired } from "../core/upgrade.ts";
import type { Runner } from "../runner.ts";
import { type Address, type HostServer, type RunnerServer, startServer } from "./server.ts";
import type { ServeOptions } from "./serve_options.ts";
import { watchProcess } from "./uncaught_process.ts";

export { fileFolder } from "./files.ts";
export { type ProcessesOptions, serveProcesses } from "./processes/serve_processes.ts";
export type { RunnerServer } from "./server.ts";
export type { ServeOptions } from "./serve_options.ts";

/** The largest message that a WebSocket takes, in bytes. */
const LARGEST_MESSAGE = 16 << 20;

/**
 * Serves a bot, or several by name. The carriers' secrets are read from the environment, unless it is given.
 *
 * @throws {RunnerError} `port_in_use`, `port_not_allowed` or `host_not_available` when it cannot
 * listen there, and `transport_disabled` when the one transport asked for is not to be had.
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
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE });
  // With a listener `ws` leaves it to us to refuse a handshake that is not right.
  sockets.on("wsClientError", () => {});
  const answer = getRequestListener((request, { incoming }) =>
    runner.fetch(request, { ...PLAIN, remoteAddress: () => incoming.socket.remoteAddress })
  );
  const server = createServer(answer);
  server.on("upgrade", (incoming, socket, head) => {
    // A TCP connection: Node's type allows for others.
    const upgrade = { incoming, socket: socket as TcpSocket, head };
    if (asksForWebSocket(incoming)) void answerUpgrade(upgrade, sockets, runner);
    else server.emit("connection", withoutUpgrade(upgrade));
  });
  await listening(server, address);
  const found = server.address();
  return {
    port: typeof found === "object" && found ? found.port : address.port,
    shutdown: () => new Promise((resolve) => server.close(() => resolve())),
    drop() {
      for (const webSocket of sockets.clients) webSocket.close(1001);
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

/** A request to become a WebSocket, as Node hands it over. */
interface Upgrade {
  readonly incoming: IncomingMessage;
  readonly socket: TcpSocket;
  readonly head: Buffer;
}

/** Whether a request is a handshake: proxies add the headers of one to others, too. */
function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && /\bwebsocket\b/i.test(headers.upgrade ?? "");
}

/**
 * The connection of a request that would rather speak something else, such as HTTP/2, from before that
 * was read. It is said again without the headers that ask for it, which any server may ignore (RFC
 * 9110, section 7.8): Node leaves the body of such a request unread.
 */
function withoutUpgrade({ incoming, socket, head }: Upgrade): TcpSocket {
  const { method, url, httpVersion, rawHeaders } = incoming;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
    if (/^(upgrade|http2-settings)$/i.test(name)) continue;
    const rest = value.split(",").filter((option) =>
      !/^\s*(upgrade|http2-settings)\s*$/i.test(option)
    );
    const kept = name.toLowerCase() === "connection" ? rest.join(",") : value;
    lines.push(`${name}: ${kept}`);
  }
  // Node reads headers byte by byte, into characters up to U+00FF.
  const text = `${lines.join("\r\n")}\r\n\r\n`;
  socket.unshift(head);
  socket.unshift(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  return socket;
}

/** Lets the runner accept a WebSocket, or answer in plain HTTP that it does not. */
async function answerUpgrade(
  { incoming, socket, head }: Upgrade,
  sockets: WebSocketServer,
  runner: Runner,
): Promise<void> {
  socket.on("error", () => {}); // a client that is gone already must not end the process
  const outgoing = new ServerResponse(incoming);
  outgoing.shouldKeepAlive = false;
  outgoing.assignSocket(socket);
  outgoing.on("finish", () => socket.destroySoon());
  let accepted: WebSocket | undefined;
  const platform: Platform = {
    ...PLAIN,
    remoteAddress: () => incoming.socket.remoteAddress,
    upgrade() {
      outgoing.detachSocket(socket);
      // Calls back before it returns, or not at all.
      sockets.handleUpgrade(incoming, socket, head, (webSocket) => accepted = webSocket);
      if (accepted) return { socket: socketFrom(accepted), response: RESPONSE_ALREADY_SENT };
      outgoing.assignSocket(socket);
      throw upgradeRequired();
    },
  };
  const answer = getRequestListener(async (request) => {
    const response = await runner.fetch(request, platform);
    return accepted ? RESPONSE_ALREADY_SENT : response;
  });
  await answer(incoming, outgoing);
}

/** What a request has that does not ask for a WebSocket. */
const PLAIN: Platform = {
  upgrade() {
    throw upgradeRequired();
  },
  waitUntil() {
    // A Node process lives on while its server listens.
  },
};

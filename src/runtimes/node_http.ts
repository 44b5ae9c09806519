/**
 * A runner behind `node:http`: its answers to requests, and to WebSocket requests.
 *
 * @module
 */
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Buffer } from "node:buffer";
import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import type { Duplex } from "node:stream";
// @ts-types="@types/ws"
import { type WebSocket, WebSocketServer } from "ws";
import type { Platform } from "../core/platform.ts";
import { socketFrom } from "../core/socket.ts";
import { upgradeRequired } from "../core/upgrade.ts";
import type { Runner } from "../runner.ts";

/** The largest message that a WebSocket takes, in bytes. */
const LARGEST_MESSAGE = 16 << 20;

/** What answers for a runner. */
export interface NodeHandlers {
  /** Answers a request. */
  request(incoming: IncomingMessage, outgoing: ServerResponse): void;
  /** Answers a request that asks for another protocol: a WebSocket is accepted, or refused. */
  upgrade(upgrade: Upgrade): void;
  /** Closes the WebSockets that are left. */
  drop(): void;
}

/** A request to become a WebSocket, as Node hands it over. */
export interface Upgrade {
  readonly incoming: IncomingMessage;
  readonly socket: TcpSocket;
  readonly head: Buffer;
}

/**
 * Makes what answers for a runner.
 *
 * @param options.overrideGlobalObjects Whether `Request` and `Response` are replaced in all of the
 * process by those of `@hono/node-server`, which are faster.
 */
export function nodeHandlers(
  runner: Runner,
  options: { readonly overrideGlobalObjects: boolean },
): NodeHandlers {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE });
  // With a listener `ws` leaves it to us to refuse a handshake that is not right.
  sockets.on("wsClientError", () => {});
  const answer = getRequestListener(
    (request, { incoming }) =>
      runner.fetch(request, { ...PLAIN, remoteAddress: () => incoming.socket.remoteAddress }),
    options,
  );
  return {
    request: (incoming, outgoing) => void answer(incoming, outgoing),
    upgrade(upgrade) {
      if (asksForWebSocket(upgrade.incoming)) void answerUpgrade(upgrade, sockets, runner, options);
      else askAgain(upgrade);
    },
    drop() {
      for (const webSocket of sockets.clients) webSocket.close(1001);
    },
  };
}

/**
 * Hands a request that asks for another protocol back to its server, as one that does not ask: any
 * server may ignore it (RFC 9110, section 7.8).
 */
export function askAgain(upgrade: Upgrade): void {
  const { incoming, socket } = upgrade;
  const server = serverOf(socket);
  if (!server) return void socket.destroy(); // a host that does not tell which
  if ("Bun" in globalThis) {
    const outgoing = lastResponse(upgrade);
    outgoing.assignSocket(socket);
    return void server.emit("request", incoming, outgoing);
  }
  // Node leaves the body of such a request unread, so the rest must be read here.
  server.emit("encrypted" in socket ? "secureConnection" : "connection", withoutUpgrade(upgrade));
}

/** A response after which the connection is closed; it waits for its socket. */
function lastResponse({ incoming, socket }: Upgrade): ServerResponse {
  const outgoing = new ServerResponse(incoming);
  outgoing.shouldKeepAlive = false;
  outgoing.on("finish", () => socket.destroySoon());
  return outgoing;
}

/** The server that a connection was made to; Node's types do not tell of it. */
export function serverOf(socket: Duplex & { readonly server?: Server }): Server | undefined {
  return socket.server;
}

/** Whether a request is a handshake: proxies add the headers of one to others, too. */
function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && /\bwebsocket\b/i.test(headers.upgrade ?? "");
}

/**
 * The connection of a request from before that was read. It is said again without the headers that ask
 * for another protocol.
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
  upgrade: Upgrade,
  sockets: WebSocketServer,
  runner: Runner,
  options: { readonly overrideGlobalObjects: boolean },
): Promise<void> {
  const { incoming, socket, head } = upgrade;
  socket.on("error", () => {}); // a client that is gone already must not end the process
  const outgoing = lastResponse(upgrade);
  let accepted: WebSocket | undefined;
  /** Answers in plain HTTP. Not before it is known: on Bun, the socket could be no WebSocket after. */
  const plainly = () => {
    if (!accepted && !outgoing.socket) outgoing.assignSocket(socket);
  };
  const platform: Platform = {
    ...PLAIN,
    remoteAddress: () => incoming.socket.remoteAddress,
    upgrade() {
      // Calls back before it returns, or not at all.
      sockets.handleUpgrade(incoming, socket, head, (webSocket) => accepted = webSocket);
      if (accepted) return { socket: socketFrom(accepted), response: RESPONSE_ALREADY_SENT };
      throw upgradeRequired();
    },
  };
  const answer = getRequestListener(async (request) => {
    const response = await runner.fetch(request, platform);
    if (accepted) return RESPONSE_ALREADY_SENT;
    plainly();
    return response;
  }, options);
  await answer(incoming, outgoing);
  plainly(); // what cannot become a request was not meant for the runner
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

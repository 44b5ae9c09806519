/**
 * A runner within a server of one's own on Node: Express, Fastify, Next, or plain `node:http`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import process from "node:process";
import type { Duplex } from "node:stream";
import type { Bot } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import { isBelow } from "../core/origin.ts";
import type { Bots } from "../sessions/bots.ts";
import { type Mounted, mountedRunner, pathOf } from "./mounted.ts";
import { askAgain, nodeHandlers, serverOf } from "./node_http.ts";
import { asOwn, watchOwnProcess } from "./own_errors.ts";
import type { MountOptions } from "./serve_options.ts";

/** A runner within a server of one's own. */
export interface NodeMount extends Mounted {
  /**
   * Answers a request below the base path. Another is handed to `next`, and without that is a 404: it
   * is a middleware of Express, and a listener of `request`.
   */
  readonly handler: (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    next?: (error?: unknown) => void,
  ) => void;
  /**
   * Takes the WebSockets below the base path: a listener of the server's `upgrade`. Others are left
   * to the other listeners or, if there are none, answered as plain requests.
   */
  readonly upgrade: (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/**
 * Makes a runner for a server of your own, which serves it below `basePath`. The carriers' secrets are
 * read from the environment, unless it is given. The server's `Host` and its errors stay its own.
 *
 * @throws {RunnerError} `bad_option` for a wrong option, `transport_disabled` if the only transport
 * requested is not available, and what is wrong with a secret.
 *
 * @example
 * ```ts ignore
 * import { mount } from "@pipecat/runner/node";
 * import express from "express";
 * import { bot } from "./bot.ts";
 *
 * const app = express();
 * const voice = await mount(bot, { basePath: "/voice" });
 * app.use(voice.handler); // before express.json()
 * const server = app.listen(3000);
 * server.on("upgrade", voice.upgrade);
 * ```
 */
export async function mount(bot: Bot | Bots, options: MountOptions = {}): Promise<NodeMount> {
  const environment = options.environment ?? process.env;
  const { owns, basePath, ...mounted } = await mountedRunner(bot, { ...options, environment }, {
    watchUncaught: watchOwnProcess,
    drop: () => handlers.drop(),
  });
  const handlers = nodeHandlers(mounted.runner, { overrideGlobalObjects: false });
  return {
    ...mounted,
    handler(incoming: RoutedMessage, outgoing, next) {
      const { originalUrl: url = incoming.url ?? "/", baseUrl } = incoming;
      if (baseUrl && !isBelow(basePath, baseUrl)) return refuse(outgoing, misplaced(baseUrl));
      if (!owns(pathOf(url))) {
        if (next) return next();
        return refuse(outgoing, new RunnerError("not_found", "There is nothing here."));
      }
      if (hasLostBody(incoming)) return refuse(outgoing, bodyTaken());
      incoming.url = url;
      asOwn(() => handlers.request(incoming, outgoing));
    },
    upgrade(incoming, stream, head) {
      const socket = stream as TcpSocket; // Node's type allows for others
      const upgrade = { incoming, socket, head };
      if (owns(pathOf(incoming.url ?? ""))) return asOwn(() => handlers.upgrade(upgrade));
      const alone = serverOf(socket)?.listenerCount("upgrade") === 1;
      if (alone) askAgain(upgrade);
    },
  };
}

/** A request as frameworks hand it over. */
interface RoutedMessage extends IncomingMessage {
  /** The address before a router has taken its own path off. */
  readonly originalUrl?: string;
  /** The path that a router has taken off. */
  readonly baseUrl?: string;
  /** What a body parser may keep. */
  readonly rawBody?: unknown;
}

/** Whether a request had a body that somebody has read, and has not kept. */
function hasLostBody(incoming: RoutedMessage): boolean {
  return incoming.readableDidRead && !Buffer.isBuffer(incoming.rawBody);
}

function bodyTaken(): RunnerError {
  const detail =
    "Something read this request's body before the runner could: put the runner before " +
    "express.json() and the like, or have them keep the bytes in request.rawBody.";
  return new RunnerError("body_taken", detail);
}

function misplaced(path: string): RunnerError {
  const detail = `The runner is mounted at ${path} but was not told: ` +
    `mount(bot, { basePath: "${path}" }).`;
  return new RunnerError("wrong_base_path", detail);
}

/** Answers instead of the runner. */
function refuse(outgoing: ServerResponse, error: RunnerError): void {
  const response = error.toResponse();
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  void response.text().then((text) => outgoing.end(text));
}

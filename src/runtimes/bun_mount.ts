/**
 * A runner within a server of one's own on Bun. Servers of `node:http`, as Express and Fastify have
 * them, take `mount` of `@pipecat/runner/node`, on Bun too.
 *
 * @module
 */
import process from "node:process";
import type { Bot } from "../core/bot.ts";
import type { Bots } from "../sessions/bots.ts";
import { bunHandlers, type BunServer, type BunWebSocketHandlers, ownOf } from "./bun_http.ts";
import { type Mounted, mountedRunner, pathOf } from "./mounted.ts";
import type { MountOptions } from "./serve_options.ts";

/** A runner within a server of one's own. */
export interface BunMount extends Mounted {
  /** Answers a request below the base path, and returns undefined for another. */
  readonly fetch: (
    request: Request,
    server: BunServer,
  ) => Promise<Response | undefined> | undefined;
  /** The `websocket` of `Bun.serve`, including your own if you have one. */
  readonly websocket: (own?: BunWebSocketHandlers) => Required<BunWebSocketHandlers>;
}

/**
 * Makes a runner for a server of your own, which serves it below `basePath`. The carriers' secrets are
 * read from the environment, unless it is given.
 *
 * @throws {RunnerError} `bad_option` for a wrong option, `transport_disabled` if the only transport
 * requested is not available, and what is wrong with a secret.
 *
 * @example
 * ```ts ignore
 * import { mount } from "@pipecat/runner/bun";
 * import { bot } from "./bot.ts";
 *
 * const voice = await mount(bot, { basePath: "/voice" });
 * Bun.serve({
 *   port: 3000,
 *   fetch: (request, server) => voice.fetch(request, server) ?? new Response("my own"),
 *   websocket: voice.websocket(),
 * });
 * ```
 */
export async function mount(bot: Bot | Bots, options: MountOptions = {}): Promise<BunMount> {
  const environment = options.environment ?? process.env;
  const { owns, basePath: _, ...mounted } = await mountedRunner(bot, { ...options, environment });
  const handlers = bunHandlers(mounted.runner);
  return {
    ...mounted,
    fetch: (request, server) =>
      owns(pathOf(request.url)) ? handlers.fetch(request, server) : undefined,
    websocket: (own) => ({
      ...handlers.websocket,
      ...own,
      open: (socket) => ownerOf(socket, own)?.open?.(socket),
      message: (socket, message) => ownerOf(socket, own)?.message(socket, message),
      close: (socket, code, reason) => ownerOf(socket, own)?.close?.(socket, code, reason),
    }),
  };

  function ownerOf(socket: Parameters<typeof ownOf>[0], own?: BunWebSocketHandlers) {
    return ownOf(socket) ? handlers.websocket : own;
  }
}

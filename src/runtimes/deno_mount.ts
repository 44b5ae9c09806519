/**
 * A runner within a server of one's own on Deno.
 *
 * @module
 */
import type { Bot } from "../core/bot.ts";
import type { Bots } from "../sessions/bots.ts";
import { answerOf } from "./deno_server.ts";
import { type Mounted, mountedRunner, pathOf } from "./mounted.ts";
import { asOwn, watchOwnRejections } from "./own_errors.ts";
import type { MountOptions } from "./serve_options.ts";

/** A runner within a server of one's own. */
export interface DenoMount extends Mounted {
  /** Answers a request below the base path, and returns undefined for another. */
  readonly fetch: (
    request: Request,
    info: Deno.ServeHandlerInfo,
  ) => Promise<Response> | undefined;
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
 * import { mount } from "@pipecat/runner/deno";
 * import { bot } from "./bot.ts";
 *
 * const voice = await mount(bot, { basePath: "/voice" });
 * Deno.serve((request, info) => voice.fetch(request, info) ?? new Response("my own"));
 * ```
 */
export async function mount(bot: Bot | Bots, options: MountOptions = {}): Promise<DenoMount> {
  const environment = options.environment ?? Deno.env.toObject();
  const { owns, basePath: _, ...mounted } = await mountedRunner(
    bot,
    { ...options, environment },
    { watchUncaught: watchOwnRejections },
  );
  const answer = answerOf(mounted.runner);
  return {
    ...mounted,
    fetch: (request, info) =>
      owns(pathOf(request.url)) ? asOwn(async () => await answer(request, info)) : undefined,
  };
}

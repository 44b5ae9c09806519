/**
 * A runner that really listens, for tests.
 *
 * @module
 */
import { assets } from "../../src/client/assets.ts";
import type { Bot } from "../../src/core/bot.ts";
import { createRunner, type Runner, type RunnerOptions } from "../../src/runner.ts";

/** A runner on a port of its own. */
export interface TestServer extends AsyncDisposable {
  readonly runner: Runner;
  /** Such as `http://127.0.0.1:12345`. */
  readonly url: string;
  /** Stops answering at once, as if the process had died. */
  kill(): Promise<void>;
}

/** Serves a bot, and the page, on a free port of 127.0.0.1. */
export function listen(bot: Bot, options: RunnerOptions = {}): TestServer {
  const runner = createRunner(bot, {
    client: () => Promise.resolve(assets),
    ...options,
  });
  const controller = new AbortController();
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      signal: controller.signal,
      onListen: () => {},
    },
    (request) => runner.fetch(request),
  );
  async function kill(): Promise<void> {
    controller.abort();
    await server.finished;
  }
  return {
    runner,
    url: `http://127.0.0.1:${server.addr.port}`,
    kill,
    async [Symbol.asyncDispose]() {
      await runner.close();
      await kill();
    },
  };
}

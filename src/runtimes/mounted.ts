/**
 * A runner within the host's own server: what all hosts share.
 *
 * @module
 */
import type { Bot } from "../core/bot.ts";
import { isBelow } from "../core/origin.ts";
import { parseSpelledOptions } from "../core/spelled_options.ts";
import type { DrainOptions, Runner } from "../runner.ts";
import type { Bots } from "../sessions/bots.ts";
import { hostedRunner } from "./hosted.ts";
import { MOUNT_OPTIONS, type MountOptions } from "./serve_options.ts";
import { outliveBotErrors, type WatchUncaught } from "./uncaught.ts";

/** A runner within a server of one's own. */
export interface Mounted extends AsyncDisposable {
  /** The runner itself. */
  readonly runner: Runner;
  /**
   * Refuses new sessions, and keeps answering until the others have ended by themselves; at the
   * deadline it ends them. The server stays open.
   */
  drain(options?: DrainOptions): Promise<void>;
  /** Ends all sessions and refuses new ones. The server stays open. */
  close(): Promise<void>;
}

/** What a host makes a mount of. */
export interface MountedRunner extends Mounted {
  /** The path below which it serves; empty for the root. */
  readonly basePath: string;
  /** Tells whether a path is the runner's. */
  owns(path: string): boolean;
}

/** What a host does for a mounted runner. */
interface MountHost {
  readonly watchUncaught?: WatchUncaught;
  drop?(): void;
}

/**
 * Makes a runner for a server of the host's own.
 *
 * @param host.watchUncaught Has errors of bots handled that nobody catches.
 * @param host.drop Closes the WebSockets that remain when all sessions have ended.
 * @throws {RunnerError} `bad_option` for a wrong option, `transport_disabled` if the only transport
 * requested is not available, and what is wrong with a secret.
 */
export async function mountedRunner(
  bot: Bot | Bots,
  given: MountOptions,
  { watchUncaught, drop }: MountHost = {},
): Promise<MountedRunner> {
  const options = parseSpelledOptions<MountOptions>(MOUNT_OPTIONS, given);
  const { basePath = "" } = options;
  const hosted = await hostedRunner(bot, options);
  hosted.prepare();
  const letErrorsEnd = watchUncaught && outliveBotErrors(watchUncaught);
  const { runner } = hosted;
  let closing: Promise<void> | undefined;
  const end = async () => {
    await hosted.close();
    drop?.();
    letErrorsEnd?.();
  };
  const close = () => closing ??= end();
  return {
    runner,
    basePath,
    owns: (path) => isBelow(path, basePath),
    async drain(options) {
      await runner.drain(options);
      await close();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The path of an address, as it was sent: it may be one that no URL can be made of. */
export function pathOf(address: string): string {
  return address.replace(/^[a-z]+:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
}

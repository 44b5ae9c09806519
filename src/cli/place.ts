/**
 * How a process that serves bots relates to others: alone, one of several that share a store, or
 * one of several on one port.
 *
 * @module
 */
import type { Load } from "../core/load.ts";
import type { Fleet } from "../core/fleet.ts";
import type { Feature } from "../features/feature.ts";
import type { RunnerServer } from "../runtimes/server.ts";
import type { ServeOptions } from "../runtimes/serve_options.ts";
import type { Limits } from "../sessions/limits.ts";
import type { CommandLine } from "./command_line.ts";
import type { OtherLogs } from "./session_logs.ts";
import { type StopRequest, stopRequest, type StopWish } from "./stop.ts";

/** What a process has of its place. */
export interface Place {
  /** What it serves with, besides what the command line says. */
  readonly options: Partial<ServeOptions>;
  readonly use: readonly Feature[];
  readonly stop: StopRequest;
  /** What is logged of sessions in the other processes on its port. */
  readonly logs?: OtherLogs;
  /** Its part of the limits. */
  limits(all: Limits): Limits;
  /** Says that the bots are served. */
  begins(server: RunnerServer, bot: string): Promise<void>;
  /** Prints what it still waits for. */
  ends(wish: StopWish, load: Load): Promise<void>;
  /** Releases what it has from others. */
  close(): Promise<void>;
}

/**
 * The place of a process that somebody has started.
 *
 * @param fleet The fleet that the bots bring along.
 * @throws {RunnerError} What `shareStore` throws, if a store or a fleet is shared.
 */
export async function ownPlace(command: CommandLine, fleet: Fleet | undefined): Promise<Place> {
  const shares = command.storeUrl !== undefined || fleet !== undefined;
  const sharing = shares
    ? await (await import("./shared_store.ts")).shareStore(command, { fleet })
    : undefined;
  return {
    options: sharing?.options ?? {},
    use: [],
    stop: stopRequest(),
    limits: (all) => all,
    async begins({ url, runner: { bots, transports } }, bot) {
      const { announce } = await import("./announce.ts");
      await announce({ url, bot, bots, transports, shared: sharing?.facts }, command);
    },
    async ends(wish, load) {
      (await import("./announce.ts")).farewell(wish, load, command);
    },
    close: async () => await sharing?.close(),
  };
}

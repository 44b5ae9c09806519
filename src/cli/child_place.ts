/**
 * The place of one of several processes on one port: its parent says when to stop, and speaks for
 * all.
 *
 * @module
 */
import type { Feature } from "../features/feature.ts";
import { joinParent } from "../runtimes/processes/child.ts";
import { sharedHealth } from "../runtimes/processes/shared_health.ts";
import { shareStore } from "./shared_store.ts";
import type { CommandLine } from "./command_line.ts";
import type { Place } from "./place.ts";

/** Joins the parent of this process. */
export async function childPlace(command: CommandLine): Promise<Place> {
  const { metricsToken, storeUrl } = command;
  const membership = await joinParent();
  const sharing = storeUrl === undefined ? undefined : await shareStore(command, {});
  const options = { ...membership.options, ...sharing?.options };
  if (sharing) options.advertise = originAt(options.advertise, options.ownPort);
  const use: Feature[] = [sharedHealth(options.fleet, options.advertise)];
  if (metricsToken !== undefined) {
    const { processMetrics } = await import("../runtimes/process_metrics.ts");
    use.push(processMetrics(metricsToken, membership.mergeMetrics));
  }
  return {
    options: { ...options, metricsToken: false },
    use,
    logs: membership.logs,
    stop: { asked: membership.asked, [Symbol.dispose]() {} }, // it ends with the membership
    limits({ maxSessions, ...others }) {
      return typeof maxSessions === "number"
        ? { ...others, maxSessions: membership.partOf(maxSessions) }
        : others;
    },
    begins({ url, runner: { bots, transports, sessions } }, bot) {
      return membership.listening({ url, bot, bots, transports }, () => sessions.load);
    },
    async ends() {}, // its parent says it for all
    async close() {
      membership.close();
      await sharing?.close();
    },
  };
}

/** The origin of another port of the same machine. */
function originAt(origin: string, port: number): string {
  return Object.assign(new URL(origin), { port }).origin;
}

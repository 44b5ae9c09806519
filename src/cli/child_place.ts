/**
 * The place of one of several processes on one port: its parent says when it is to stop, and speaks for
 * all.
 *
 * @module
 */
import type { Feature } from "../features/feature.ts";
import { joinParent } from "../runtimes/processes/child.ts";
import { sharedHealth } from "../runtimes/processes/shared_health.ts";
import type { CommandLine } from "./command_line.ts";
import type { Place } from "./place.ts";

/** Joins the parent of this process. */
export async function childPlace({ metricsToken }: CommandLine): Promise<Place> {
  const membership = await joinParent();
  const { fleet, ownPort } = membership.options;
  const use: Feature[] = [sharedHealth(fleet, ownPort)];
  if (metricsToken !== undefined) {
    const { processMetrics } = await import("../runtimes/process_metrics.ts");
    use.push(processMetrics(metricsToken, membership.mergeMetrics));
  }
  return {
    options: { ...membership.options, metricsToken: false },
    use,
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
    close() {
      membership.close();
      return Promise.resolve();
    },
  };
}

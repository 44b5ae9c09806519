/**
 * All features of a runner as one.
 *
 * @module
 */
import type { Bot } from "../core/bot.ts";
import { combineMonitors, type Monitor } from "../core/monitor.ts";
import { openable, openerOf } from "../transports/open.ts";
import type { Feature } from "./feature.ts";
import { isolated } from "./isolate.ts";

/** The features of a runner. */
export interface JoinedFeatures {
  /** The features themselves, none of which throws. */
  readonly features: readonly Feature[];
  /** Watches for all of them; undefined if none watches. */
  readonly monitor: Monitor | undefined;
  /** Lets them tap what a bot opens. A bot that none of them taps is returned unchanged. */
  tapped(bot: Bot): Bot;
  /** Closes all of them. Never rejects. */
  close(): Promise<void>;
}

/** Joins features, the outermost first. */
export function joinFeatures(use: readonly Feature[]): JoinedFeatures {
  const features = use.map(isolated);
  const watching = features.filter(({ session, request, refused, failed }) =>
    session || request || refused || failed
  );
  const taps = features.flatMap(({ tap }) => tap ?? []).reverse();
  return {
    features,
    monitor: watching.length > 0 ? combineMonitors(watching) : undefined,
    tapped(bot) {
      if (taps.length === 0) return bot;
      return (args) => {
        const open = openerOf(args);
        if (!open) return bot(args);
        return bot(openable(args, async (params) => {
          const transport = await open(params);
          return taps.reduce((inner, tap) => tap(inner, args), transport);
        }));
      };
    },
    async close() {
      await Promise.all(features.map((feature) => feature.close?.()));
    },
  };
}

/**
 * Keeps a failing feature from harming what it watches.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import type { AnswerRequest, MonitoredSession, SessionEnd } from "../core/monitor.ts";
import { within } from "../core/wait.ts";
import type { Feature, FeatureRoutes } from "./feature.ts";

const logger = getLogger(["pipecat", "runner", "feature"]);

/** How long the runner's end waits for a feature to close, in ms. */
const CLOSE_MS = 5000;

/**
 * The same feature, but it never throws. A session runs once and ends when its run ends, whatever
 * the feature does with the promise it was given. The first failure is logged, the others are not.
 */
export function isolated(feature: Feature): Feature {
  const { name, routes, fileStorage } = feature;
  /** What the feature still does for sessions that have ended. */
  const after = new Set<Promise<unknown>>();
  let failed = false;
  const fail = (error: unknown) => {
    if (failed) return;
    failed = true;
    logger.error("The feature {name} failed; sessions continue without it: {error}", {
      name,
      error,
    });
  };
  const attempt = <Result>(work: () => Result, otherwise: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      fail(error);
      return otherwise();
    }
  };

  const session = async (about: MonitoredSession, run: () => Promise<SessionEnd>) => {
    let running: Promise<SessionEnd> | undefined;
    const began = Promise.withResolvers<void>();
    const runOnce = () => {
      began.resolve();
      return running ??= run();
    };
    const watching: Promise<unknown> = attempt<Promise<unknown>>(
      () => Promise.resolve(feature.session?.(about, runOnce)),
      () => Promise.resolve(),
    ).catch(fail);
    await Promise.race([began.promise, watching]);
    const end = await runOnce();
    after.add(watching);
    void watching.then(() => after.delete(watching));
    return end;
  };
  return {
    name,
    ...(routes ? { routes } : {}),
    ...(fileStorage ? { fileStorage } : {}),
    ...(feature.serve
      ? {
        serve(site) {
          const nothing = (): FeatureRoutes => ({});
          const { started, ...served } = attempt(() => feature.serve!(site), nothing);
          if (!started) return served;
          return { ...served, started: (session) => attempt(() => started(session), () => ({})) };
        },
      }
      : {}),
    ...(feature.session ? { session } : {}),
    ...(feature.request
      ? {
        request(request, answer) {
          let answered: ReturnType<typeof answer> | undefined;
          const answerOnce: AnswerRequest = (watched) => answered ??= answer(watched);
          const watched = attempt(() => feature.request!(request, answerOnce), answerOnce);
          // An error of the bot's routes is not the feature's failure.
          return watched instanceof Promise
            ? watched.catch((error) => {
              if (answered === undefined) fail(error);
              return answerOnce();
            })
            : watched;
        },
      }
      : {}),
    ...(feature.refused
      ? { refused: (reason) => attempt(() => feature.refused!(reason), () => {}) }
      : {}),
    ...(feature.failed
      ? { failed: (error) => attempt(() => feature.failed!(error), () => {}) }
      : {}),
    ...(feature.tap
      ? {
        tap: (transport, args) => attempt(() => feature.tap!(transport, args), () => transport),
      }
      : {}),
    async close() {
      const closing = async () => {
        await Promise.all(after);
        await feature.close?.();
      };
      await within(CLOSE_MS, closing().catch(fail));
    },
  };
}

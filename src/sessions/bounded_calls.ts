/**
 * Calls to something outside of the process that are waited for no longer than they may take.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { countFailure } from "../core/failures.ts";
import { getLogger } from "../core/log.ts";
import { inTime } from "../core/wait.ts";

const logger = getLogger(["pipecat", "runner", "store"]);

/** How long a store may take, in ms: a client waits for it, or a carrier with a caller. */
const CALL_MS = 2000;
/**
 * Calls that were given up and have not ended, each with all that it holds. When there are so many,
 * one a second is tried, until some have ended.
 */
const MOST_OVERDUE = 100;
const TRY_MS = 1000;
/** How long nothing fails until it is said that all is well, in ms: what fails in part is told once. */
const WELL_MS = 1000;
/** When to try again, in seconds. */
const RETRY_S = 5;

/** How calls are bounded; given by tests. */
export interface BoundedCallsOptions {
  /** How long one may take, in ms. */
  readonly ms?: number;
  /** The clock, in ms. */
  readonly now?: () => number;
}

/** Calls that may fail, and hang. */
export interface BoundedCalls {
  /**
   * Waits for a call, though not longer than it may take. Failures are counted, and logged when they
   * begin.
   *
   * @param operation What is called, for the count.
   * @throws {RunnerError} `store_unavailable` when it fails or takes longer, else what it throws itself.
   */
  run<T>(operation: string, call: () => Promise<T>): Promise<T>;
  /** What came of the call that ended last, and when. */
  readonly last: { readonly at: number; readonly answered: boolean } | undefined;
}

/** Makes calls to something, such as "The store of sessions". */
export function boundedCalls(
  name: string,
  { ms = CALL_MS, now = () => performance.now() }: BoundedCallsOptions,
): BoundedCalls {
  let last: BoundedCalls["last"];
  let failedAt: number | undefined;
  let overdue = 0;
  let triedAt = -Infinity;

  async function attempt<T>(call: () => Promise<T>): Promise<T> {
    if (overdue >= MOST_OVERDUE && now() - triedAt < TRY_MS) {
      throw new Error(`${overdue} calls have not ended`);
    }
    triedAt = now();
    const calling = call();
    return await inTime(ms, calling, () => {
      overdue++;
      const end = () => void overdue--;
      calling.then(end, end);
      throw new Error(`No answer in ${ms} ms`);
    });
  }

  function succeeded(): void {
    const at = now();
    last = { at, answered: true };
    if (failedAt === undefined || at - failedAt < WELL_MS) return;
    failedAt = undefined;
    logger.warn("{name} answers again", { name });
  }

  function failed(error: unknown): void {
    const at = now();
    last = { at, answered: false };
    if (failedAt === undefined) logger.error("{name} fails: {error}", { name, error });
    failedAt = at;
  }

  return {
    get last() {
      return last;
    },
    async run(operation, call) {
      try {
        const result = await attempt(call);
        succeeded();
        return result;
      } catch (cause) {
        if (cause instanceof RunnerError) throw cause;
        countFailure("store", operation);
        failed(cause);
        const detail = `${name} does not answer. Try again in a moment.`;
        throw new RunnerError("store_unavailable", detail, { retryAfter: RETRY_S, cause });
      }
    },
  };
}

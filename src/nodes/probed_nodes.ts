/**
 * A fixed list of processes as the nodes of a fleet: each reports its load when asked.
 *
 * @module
 */
import type { Fleet, FleetNode } from "../core/fleet.ts";
import { delay, within } from "../core/wait.ts";
import { probe } from "./probe.ts";

/** How long a reported load is used, in ms. */
const FRESH_MS = 1000;
/**
 * How long a process that could not be reached is not asked again while others are ready, in ms.
 */
const UNREACHABLE_MS = 5000;
/** How long a process may take to report its load, in ms. */
const PROBE_MS = 1000;
/** How long to wait for a process while another is ready, in ms: as long as a slow answer takes. */
const GRACE_MS = 100;
/**
 * The same for a process that was never asked before. Without it the first to answer would get all
 * sessions.
 */
const FIRST_MS = 500;
/** How often to check whether a process has answered another request, in ms. */
const POLL_MS = 5;

/** What a process last reported. */
interface Look {
  /** Absent if it could not be reached. */
  readonly node?: FleetNode;
  readonly until: number;
}

/** Makes the nodes from their origins; one that does not answer exists but is not ready. */
export function probedNodes(origins: readonly string[]): Fleet["nodes"] {
  const list = [...new Set(origins)];
  // On Workers a promise belongs to one request, so this keeps values.
  const looks = new Map<string, Look>();
  const askedAt = new Map<string, number>();

  async function look(origin: string): Promise<void> {
    const asked = Date.now();
    askedAt.set(origin, asked);
    const load = await probe(origin, PROBE_MS);
    if (askedAt.get(origin) === asked) askedAt.delete(origin);
    const until = Date.now() + (load ? FRESH_MS : UNREACHABLE_MS);
    looks.set(origin, { ...(load ? { node: { origin, ...load } } : {}), until });
  }

  const isAsked = (origin: string, sinceMs: number) => {
    const asked = askedAt.get(origin);
    return asked !== undefined && Date.now() - asked >= sinceMs;
  };
  const isSilent = (origin: string) => {
    const before = looks.get(origin);
    return before !== undefined && !before.node;
  };
  const isDue = (origin: string) =>
    (looks.get(origin)?.until ?? 0) <= Date.now() &&
    (!askedAt.has(origin) || isAsked(origin, PROBE_MS));
  const graceOf = (origin: string) => looks.has(origin) ? GRACE_MS : FIRST_MS;
  /** A process that has fallen silent is not ready, whatever it said before. */
  const isReady = (origin: string) =>
    looks.get(origin)?.node?.ready === true && !isAsked(origin, GRACE_MS);
  const tell = (origin: string): FleetNode => ({
    ...NOT_THERE,
    ...looks.get(origin)?.node,
    origin,
    ready: isReady(origin),
  });

  return async () => {
    const looking = new Map(list.filter(isDue).map((origin) => [origin, looked(origin)]));
    // Do not wait for a silent process while another is ready.
    const waited = [...looking].filter(([, { silent }]) => !silent).map(([, { done }]) => done);
    const asked = list.filter((origin) => !looking.has(origin) && isAsked(origin, 0));
    waited.push(...asked.filter((origin) => !isSilent(origin)).map(told));
    if (waited.length > 0) await within(Math.max(...list.map(graceOf)), Promise.all(waited));
    if (!list.some(isReady)) {
      // If nothing else is available, do not make a process that has just come back wait.
      const each = list.map(async (origin) => {
        await (looking.get(origin)?.done ?? look(origin));
        if (!isReady(origin)) throw new Error("Not ready");
      });
      await Promise.any(each).catch(() => {});
      // A process that is about as quick gets its share.
      await within(GRACE_MS, Promise.allSettled(each));
    }
    return list.map(tell);
  };

  function looked(origin: string) {
    return { silent: isSilent(origin), done: look(origin) };
  }

  /** Waits for the answer to what another request asked, as long as that is awaited. */
  async function told(origin: string): Promise<void> {
    while (isAsked(origin, 0) && !isAsked(origin, graceOf(origin))) await delay(POLL_MS);
  }
}

const NOT_THERE = { ready: false, sessions: 0, promised: 0, maxSessions: Infinity } as const;

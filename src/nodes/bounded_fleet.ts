/**
 * A fleet that answers in time, or fails in time.
 *
 * @module
 */
import type { Fleet, FleetNode } from "../core/fleet.ts";
import {
  type BoundedCalls,
  boundedCalls,
  type BoundedCallsOptions,
} from "../sessions/bounded_store.ts";
import { MemoryFleet } from "./memory_fleet.ts";

/** How long the last reading of the other processes is used, in ms. */
const FRESH_MS = 500;
/**
 * How long it is used while the fleet does not answer, in ms. A process that existed a moment ago
 * most likely still does, and whoever forwards to one that is gone notices.
 */
const LAST_KNOWN_MS = 30_000;

/**
 * Bounds the time of a fleet: a call that takes longer than two seconds, or fails, is a
 * `store_unavailable` with status 503. The other processes are read at most twice a second. While
 * they cannot be read, those last known are used for half a minute.
 */
export function boundedFleet(
  fleet: Fleet,
  options: BoundedCallsOptions = {},
): Fleet {
  if (fleet instanceof MemoryFleet) return fleet; // it always answers at once
  const { now = () => performance.now() } = options;
  const { run } = boundedCalls("The directory of the fleet", { ...options, now });
  return {
    announce: (node) => run("announce", () => fleet.announce(node)),
    withdraw: (origin) => run("withdraw", () => fleet.withdraw(origin)),
    nodes: keptNodes(() => run("nodes", () => fleet.nodes()), now),
    claim: (id, origin) => run("claim", () => fleet.claim(id, origin)),
    owner: (id) => run("owner", () => fleet.owner(id)),
    release: (id) => run("release", () => fleet.release(id)),
    take: (key, rate) => run("rate", () => fleet.take(key, rate)),
    ...(fleet.hold && fleet.free
      ? boundedPlaces(fleet.hold.bind(fleet), fleet.free.bind(fleet), run)
      : {}),
  };
}

function boundedPlaces(
  hold: NonNullable<Fleet["hold"]>,
  free: NonNullable<Fleet["free"]>,
  run: BoundedCalls["run"],
): Pick<Fleet, "hold" | "free"> {
  return {
    hold: (id, place) => run("hold", () => hold(id, place)),
    free: (id) => run("free", () => free(id)),
  };
}

function keptNodes(read: Fleet["nodes"], now: () => number): Fleet["nodes"] {
  let known: { readonly nodes: readonly FleetNode[]; readonly at: number } | undefined;
  let reading: Promise<readonly FleetNode[]> | undefined;
  let failing = false;
  const isKnownFor = (ms: number) => known !== undefined && now() - known.at < ms;
  const readAgain = async () => {
    try {
      const nodes = await read();
      known = { nodes, at: now() };
      failing = false;
      return nodes;
    } catch (error) {
      failing = true;
      if (known && isKnownFor(LAST_KNOWN_MS)) return known.nodes;
      throw error;
    } finally {
      reading = undefined;
    }
  };
  return () => {
    if (known && isKnownFor(FRESH_MS)) return Promise.resolve(known.nodes);
    reading ??= readAgain();
    if (!known || !failing || !isKnownFor(LAST_KNOWN_MS)) return reading;
    reading.catch(() => {}); // a fleet that failed before is not awaited
    return Promise.resolve(known.nodes);
  };
}

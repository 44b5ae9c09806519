/**
 * A fleet in one process's memory: for tests, for several runners in one process, and for the
 * processes that reach another through it.
 *
 * @module
 */
import {
  CLAIM_MS,
  type Fleet,
  type FleetNode,
  type FleetPlace,
  type FleetRate,
  NODE_MS,
} from "../core/fleet.ts";
import { AgedMap } from "../sessions/aged_map.ts";
import { billOf } from "../sessions/start_rate.ts";

/** The most claims and clients to keep; the oldest makes room. */
const MOST_CLAIMS = 100_000;
const MOST_CLIENTS = 100_000;

/** Settings of a {@link MemoryFleet}. */
export interface MemoryFleetOptions {
  /** The clock, in ms. Default: the host's. */
  readonly now?: () => number;
}

/** Something that expires at a time of the clock. */
interface Ending<Value> {
  readonly value: Value;
  readonly until: number;
}

/**
 * A fleet in this process. It holds no timer: expired entries go when the fleet is next used.
 *
 * @example
 * ```ts
 * import { MemoryFleet } from "@pipecat/runner/ports";
 *
 * const fleet = new MemoryFleet();
 * await fleet.claim("session-1", "http://10.0.0.7:7860");
 * console.log(await fleet.owner("session-1")); // http://10.0.0.7:7860
 * ```
 */
export class MemoryFleet implements Fleet {
  /** By origin: there are few processes. */
  #nodes = new Map<string, Ending<FleetNode>>();
  #claims = new AgedMap<Ending<string>>();
  /** By key: until when all its starts are paid for. */
  #paid = new AgedMap<Ending<undefined>>();
  /** By session, in the order in which they were taken: as many as there may be sessions. */
  #places = new Map<string, Ending<FleetPlace["kind"]>>();
  #now: () => number;

  /** Makes an empty fleet. */
  constructor({ now = () => performance.now() }: MemoryFleetOptions = {}) {
    this.#now = now;
  }

  /** Announces a process, for 6 s. */
  announce(node: FleetNode): Promise<void> {
    this.#nodes.set(node.origin, { value: { ...node }, until: this.#now() + NODE_MS });
    return Promise.resolve();
  }

  /** Removes a process. */
  withdraw(origin: string): Promise<void> {
    this.#nodes.delete(origin);
    return Promise.resolve();
  }

  /** The live processes. */
  nodes(): Promise<readonly FleetNode[]> {
    const now = this.#now();
    for (const [origin, { until }] of this.#nodes) {
      if (until <= now) this.#nodes.delete(origin);
    }
    return Promise.resolve([...this.#nodes.values()].map(({ value }) => value));
  }

  /** Says which process has a session, for 60 s. */
  claim(id: string, origin: string): Promise<void> {
    this.#keep(this.#claims, id, { value: origin, until: this.#now() + CLAIM_MS }, MOST_CLAIMS);
    return Promise.resolve();
  }

  /** The origin of the process that has it. */
  owner(id: string): Promise<string | undefined> {
    const claim = this.#claims.get(id);
    return Promise.resolve(claim && claim.until > this.#now() ? claim.value : undefined);
  }

  /** Ends a claim. */
  release(id: string): Promise<void> {
    this.#claims.delete(id);
    return Promise.resolve();
  }

  /** Counts one start, if the rate allows it. */
  take(key: string, rate: FleetRate): Promise<boolean> {
    const now = this.#now();
    const { paid, waitMs } = billOf(this.#paid.get(key)?.until, now, rate);
    if (waitMs > 0) return Promise.resolve(false);
    this.#keep(this.#paid, key, { value: undefined, until: paid }, MOST_CLIENTS);
    return Promise.resolve(true);
  }

  /** Takes or keeps a place, if there is one. */
  hold(id: string, { ms, most = Infinity, kind }: FleetPlace): Promise<boolean> {
    const now = this.#now();
    for (const [other, { until }] of this.#places) if (until <= now) this.#places.delete(other);
    const known = this.#places.get(id);
    if (!known && this.#places.size >= most) {
      const [promised] = kind === "call"
        ? [...this.#places].find(([, { value }]) => value === "promise") ?? []
        : [];
      if (promised === undefined) return Promise.resolve(false);
      this.#places.delete(promised);
    }
    const value = known && known.value !== "promise" ? known.value : kind;
    this.#places.set(id, { value, until: Math.max(known?.until ?? 0, now + ms) });
    return Promise.resolve(true);
  }

  /** Gives a place back. */
  free(id: string): Promise<void> {
    this.#places.delete(id);
    return Promise.resolve();
  }

  #keep<Value>(
    entries: AgedMap<Ending<Value>>,
    key: string,
    entry: Ending<Value>,
    most: number,
  ): void {
    const now = this.#now();
    entries.set(key, entry);
    for (let { oldest } = entries; oldest; { oldest } = entries) {
      if (oldest.value.until > now && entries.size <= most) break;
      entries.delete(oldest.key);
    }
  }
}

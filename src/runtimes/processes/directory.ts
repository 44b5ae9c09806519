/**
 * The store and the fleet of the processes of one machine: in the memory of the one that has started the
 * others, which reach it over their {@link Link}.
 *
 * @module
 */
import type { Fleet, FleetRate } from "../../core/fleet.ts";
import { nodeFromJson, nodeToJson } from "../../nodes/fleet_json.ts";
import type { Keeping, OnceStore } from "../../sessions/once.ts";
import type { SessionStore } from "../../sessions/store.ts";
import type { Answers, Link } from "./link.ts";

/** What the processes share. */
export interface Directory {
  readonly fleet: Fleet;
  readonly store: SessionStore;
  readonly once: OnceStore;
}

/** What the others may ask of it. */
export function directoryAnswers({ fleet, store, once }: Directory): Answers {
  return {
    // Records are text on their way: whatever a client has put into one comes out as it went in.
    put: (key: string, record: string, ttl: number) => store.put(key, JSON.parse(record), ttl),
    get: async (key: string) => asText(await store.get(key)),
    take: async (key: string) => asText(await store.take(key)),
    extend: (key: string, ttl: number) => store.extend(key, ttl),
    onceGet: (key: string) => once.get(key),
    onceAdd: (key: string, note: string, keeping: Keeping) => once.add(key, note, keeping),
    onceSet: (key: string, note: string, keeping: Keeping) => once.set(key, note, keeping),
    onceDelete: (key: string) => once.delete(key),
    announce: (origin: string, node: string) => fleet.announce(nodeFromJson(origin, node)),
    withdraw: (origin: string) => fleet.withdraw(origin),
    nodes: async () => (await fleet.nodes()).map((node) => [node.origin, nodeToJson(node)]),
    claim: (id: string, origin: string) => fleet.claim(id, origin),
    owner: (id: string) => fleet.owner(id),
    release: (id: string) => fleet.release(id),
    rate: (key: string, rate: FleetRate) => fleet.take(key, rate),
  };
}

/** The store at the other end of a link. */
export function linkedStore(link: Link): SessionStore & { readonly once: OnceStore } {
  // What comes back is what `directoryAnswers` returns.
  const text = async (name: string, ...args: readonly unknown[]) =>
    await link.ask(name, ...args) as string | undefined;
  const record = async (name: string, key: string) => {
    const json = await text(name, key);
    return json === undefined ? undefined : JSON.parse(json);
  };
  return {
    put: async (key, record, ttl) => void await link.ask("put", key, JSON.stringify(record), ttl),
    get: (key) => record("get", key),
    take: (key) => record("take", key),
    extend: async (key, ttl) => void await link.ask("extend", key, ttl),
    once: {
      get: (key) => text("onceGet", key),
      add: (key, note, keeping) => text("onceAdd", key, note, keeping),
      set: async (key, note, keeping) => void await link.ask("onceSet", key, note, keeping),
      delete: async (key) => void await link.ask("onceDelete", key),
    },
  };
}

/** The fleet at the other end of a link. */
export function linkedFleet(link: Link): Fleet {
  return {
    announce: async (node) => void await link.ask("announce", node.origin, nodeToJson(node)),
    withdraw: async (origin) => void await link.ask("withdraw", origin),
    async nodes() {
      const nodes = await link.ask("nodes") as (readonly [origin: string, json: string])[];
      return nodes.map(([origin, json]) => nodeFromJson(origin, json));
    },
    claim: async (id, origin) => void await link.ask("claim", id, origin),
    owner: async (id) => await link.ask("owner", id) as string | undefined,
    release: async (id) => void await link.ask("release", id),
    take: async (key, rate) => await link.ask("rate", key, rate) === true,
  };
}

function asText(record: unknown): string | undefined {
  return record === undefined ? undefined : JSON.stringify(record);
}

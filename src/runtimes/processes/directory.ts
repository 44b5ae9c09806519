/**
 * The store and the fleet of one machine's processes: in the memory of the process that started the
 * others, which reach it over their {@link Link}.
 *
 * @module
 */
import type { Fleet, FleetPlace } from "../../core/fleet.ts";
import { nodeFromJson, nodeToJson } from "../../nodes/fleet_json.ts";
import type { OnceStore } from "../../sessions/once.ts";
import type { SessionStore } from "../../sessions/store.ts";
import type { Link } from "./link.ts";

/** What the processes share. */
export interface Directory {
  readonly fleet: Fleet;
  readonly store: SessionStore;
  readonly once: OnceStore;
}

/**
 * What the others may ask of it. Records travel as strings: whatever a client put into one comes
 * out unchanged.
 */
export type DirectoryAnswers =
  & Pick<SessionStore, "extend">
  & Pick<Fleet, "withdraw" | "claim" | "owner" | "release">
  & {
    put(key: string, record: string, ttl: number): Promise<void>;
    get(key: string): Promise<string | undefined>;
    take(key: string): Promise<string | undefined>;
    readonly onceGet: OnceStore["get"];
    readonly onceAdd: OnceStore["add"];
    readonly onceSet: OnceStore["set"];
    readonly onceDelete: OnceStore["delete"];
    announce(origin: string, node: string): Promise<void>;
    nodes(): Promise<(readonly [origin: string, node: string])[]>;
    readonly rate: Fleet["take"];
    hold(id: string, place: FleetPlace): Promise<boolean>;
    free(id: string): Promise<void>;
  };

/** What the others may ask of it. */
export function directoryAnswers({ fleet, store, once }: Directory): DirectoryAnswers {
  return {
    put: (key, record, ttl) => store.put(key, JSON.parse(record), ttl),
    get: async (key) => asText(await store.get(key)),
    take: async (key) => asText(await store.take(key)),
    extend: (key, ttl) => store.extend(key, ttl),
    onceGet: (key) => once.get(key),
    onceAdd: (key, note, keeping) => once.add(key, note, keeping),
    onceSet: (key, note, keeping) => once.set(key, note, keeping),
    onceDelete: (key) => once.delete(key),
    async announce(origin, json) {
      const node = nodeFromJson(origin, json);
      if (node) await fleet.announce(node);
    },
    withdraw: (origin) => fleet.withdraw(origin),
    nodes: async () =>
      (await fleet.nodes()).map((node) => [node.origin, nodeToJson(node)] as const),
    claim: (id, origin) => fleet.claim(id, origin),
    owner: (id) => fleet.owner(id),
    release: (id) => fleet.release(id),
    rate: (key, rate) => fleet.take(key, rate),
    hold: async (id, place) => await fleet.hold?.(id, place) ?? true,
    free: async (id) => await fleet.free?.(id),
  };
}

/** The store at the other end of a link. */
export function linkedStore(
  { ask }: Link<DirectoryAnswers>,
): SessionStore & { readonly once: OnceStore } {
  const record = async (name: "get" | "take", key: string) => {
    const json = await ask(name, key);
    return json === undefined ? undefined : JSON.parse(json);
  };
  return {
    put: (key, record, ttl) => ask("put", key, JSON.stringify(record), ttl),
    get: (key) => record("get", key),
    take: (key) => record("take", key),
    extend: (key, ttl) => ask("extend", key, ttl),
    once: {
      get: (key) => ask("onceGet", key),
      add: (key, note, keeping) => ask("onceAdd", key, note, keeping),
      set: (key, note, keeping) => ask("onceSet", key, note, keeping),
      delete: (key) => ask("onceDelete", key),
    },
  };
}

/** The fleet at the other end of a link. */
export function linkedFleet({ ask }: Link<DirectoryAnswers>): Fleet {
  return {
    announce: (node) => ask("announce", node.origin, nodeToJson(node)),
    withdraw: (origin) => ask("withdraw", origin),
    nodes: async () =>
      (await ask("nodes")).flatMap(([origin, node]) => nodeFromJson(origin, node) ?? []),
    claim: (id, origin) => ask("claim", id, origin),
    owner: (id) => ask("owner", id),
    release: (id) => ask("release", id),
    take: (key, rate) => ask("rate", key, rate),
    hold: (id, place) => ask("hold", id, place),
    free: (id) => ask("free", id),
  };
}

function asText(record: unknown): string | undefined {
  return record === undefined ? undefined : JSON.stringify(record);
}

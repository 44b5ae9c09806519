/**
 * A fleet whose processes find each other in Deno KV.
 *
 * @module
 */
import { CLAIM_MS, type Fleet, NODE_MS } from "../core/fleet.ts";
import { nodeFromJson, nodeToJson } from "../nodes/fleet_json.ts";
import { billOf } from "../sessions/start_rate.ts";
import { type KvListLike, readText, writeText } from "./kv.ts";
import { inTurns } from "./kv_turns.ts";

/** The first part of the keys of processes. */
const NODES = ["pipecat", "node"] as const;

/**
 * A fleet in Deno KV, beside the sessions of `kvStore`. Its processes' clocks must agree to about a
 * second, because it stores times.
 *
 * @example
 * ```ts ignore
 * const kv = await Deno.openKv("https://kv.example.com");
 * const [store, fleet] = [kvStore(kv), kvFleet(kv)];
 * await using server = await serve(bot, { store, fleet, advertise: "http://10.0.0.7:7860" });
 * ```
 */
export function kvFleet(given: KvListLike): Fleet {
  const kv = inTurns(given);
  const node = (origin: string) => [...NODES, origin];
  const owner = (id: string) => ["pipecat", "owner", id];
  const remove = async (key: readonly string[]) => void await kv.atomic().delete(key).commit();
  return {
    async announce(announced) {
      await writeText(kv.atomic(), node(announced.origin), nodeToJson(announced), NODE_MS);
    },
    withdraw: (origin) => remove(node(origin)),
    async nodes() {
      const found = [];
      for await (const entry of given.list({ prefix: NODES })) {
        const json = readText(entry);
        if (json !== undefined) found.push(nodeFromJson(String(entry.key.at(-1)), json) ?? []);
      }
      return found.flat();
    },
    async claim(id, origin) {
      await writeText(kv.atomic(), owner(id), origin, CLAIM_MS);
    },
    owner: async (id) => readText(await kv.get(owner(id))),
    release: (id) => remove(owner(id)),
    async take(key, rate) {
      const path = ["pipecat", "rate", key];
      for (;;) {
        const entry = await kv.get(path);
        const paidUntil = readText(entry);
        const now = Date.now();
        const bill = billOf(paidUntil === undefined ? undefined : Number(paidUntil), now, rate);
        if (bill.waitMs > 0) return false;
        const text = String(bill.paid);
        const { ok } = await writeText(kv.atomic().check(entry), path, text, bill.paid - now);
        if (ok) return true; // otherwise somebody else was faster, and is counted
      }
    },
  };
}

/**
 * A real Deno KV keeps sessions and fleets. `Deno.openKv` needs `--unstable-kv`, which the task gives.
 */
import { kvFleet, kvStore } from "../../src/runtimes/deno.ts";
import { testFleet } from "../nodes/fleet_contract.ts";
import { testStore } from "../nodes/store_contract.ts";
import { shiftedDate } from "../support/memory_kv.ts";

async function share() {
  const kv = await Deno.openKv(":memory:");
  const date = shiftedDate();
  return {
    kv,
    pass: date.pass,
    [Symbol.asyncDispose]() {
      date[Symbol.dispose]();
      kv.close();
      return Promise.resolve();
    },
  };
}

testFleet("Deno KV", async () => {
  const shared = await share();
  return { ...shared, join: () => kvFleet(shared.kv) };
}, { counted: false });

testStore("Deno KV", async () => {
  const shared = await share();
  return { ...shared, join: () => kvStore(shared.kv) };
}, { capped: false });

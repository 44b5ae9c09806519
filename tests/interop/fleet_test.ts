/**
 * Three processes behind nginx, which sends each request to another one, with a real Redis: each way to
 * reach a bot, and a caller for each. `deno task fleet:flows` does so a hundred times.
 */
import assert from "node:assert/strict";
import { startCluster } from "./fleet/cluster.ts";
import { startDirectory } from "./fleet/directory.ts";
import { FLOWS } from "./fleet/flows.ts";

const PASSES = 2;

Deno.test({
  name: "through nginx every way to a bot leads to its session, whichever process is asked",
  sanitizeOps: false, // werift's clients close in the background
  sanitizeResources: false,
  async fn(t) {
    await using directory = await startDirectory("redis");
    await using cluster = await startCluster(3, { directory: directory.url });

    for (const { name, run } of FLOWS) {
      await t.step(name, async () => {
        for (let i = 0; i < PASSES; i++) await run(cluster);
      });
    }
    assert.equal(cluster.processes.length, 3);
  },
});

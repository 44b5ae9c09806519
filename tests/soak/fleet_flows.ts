/**
 * Each of the ten flows many times through nginx, which sends each request to another of three processes.
 *
 *   deno task fleet:flows [--passes 100] [--directory redis|valkey|kv]
 *
 * @module
 */
import { parseArgs } from "node:util";
import { startCluster } from "../interop/fleet/cluster.ts";
import { startDirectory } from "../interop/fleet/directory.ts";
import { FLOWS } from "../interop/fleet/flows.ts";

/** How many callers there are at one time. */
const LANES = 3;
const { values } = parseArgs({
  options: {
    passes: { type: "string", default: "100" },
    directory: { type: "string", default: "redis" },
  },
});
await using directory = await startDirectory(values.directory);
await using cluster = await startCluster(3, { directory: directory.url });
const rows = new Map(FLOWS.map(({ name }) => [name, { passed: 0, lost: 0 }]));
const left = Array.from({ length: Number(values.passes) }, () => FLOWS).flat();
await Promise.all(Array.from({ length: LANES }, async () => {
  for (let flow = left.shift(); flow; flow = left.shift()) {
    const { name, run } = flow;
    const row = rows.get(name) ?? { passed: 0, lost: 0 };
    try {
      await run(cluster);
      row.passed++;
    } catch (error) {
      row.lost++;
      console.error(`${name}: ${error}`);
    }
  }
}));
console.table(Object.fromEntries(rows));
const lost = [...rows.values()].reduce((sum, row) => sum + row.lost, 0);
Deno.exitCode = lost === 0 ? 0 : 1;

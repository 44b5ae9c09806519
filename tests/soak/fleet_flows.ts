/**
 * Each of the ten flows many times through nginx, which sends each request to another of three processes.
 *
 *   deno task fleet:flows [--passes 100] [--directory redis|valkey|kv|processes]
 *
 * A handshake of werift as a client fails now and then on a busy machine, whoever it talks to: then the
 * client calls again, as Pipecat's does, and that is counted.
 *
 * With `processes` it is one command, `--processes 3`, and no nginx: the kernel spreads connections.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Place, startCluster, startOnePort } from "../interop/fleet/cluster.ts";
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
await using stack = new AsyncDisposableStack();
const place = stack.use(await startPlace(values.directory));
const rows = new Map(FLOWS.map(({ name }) => [name, { passed: 0, again: 0, lost: 0 }]));
const left = Array.from({ length: Number(values.passes) }, () => FLOWS).flat();
await Promise.all(Array.from({ length: LANES }, async () => {
  for (let flow = left.shift(); flow; flow = left.shift()) {
    const { name, run } = flow;
    const row = rows.get(name) ?? { passed: 0, again: 0, lost: 0 };
    try {
      await run(place).catch(async (error) => {
        if (!`${error}`.includes("The handshake failed")) throw error;
        row.again++;
        await run(place);
      });
      row.passed++;
    } catch (error) {
      row.lost++;
      console.error(`${name}: ${error}`.slice(0, 200));
    }
  }
}));
console.table(Object.fromEntries(rows));
const lost = [...rows.values()].reduce((sum, row) => sum + row.lost, 0);
Deno.exitCode = lost === 0 ? 0 : 1;

async function startPlace(directory: string): Promise<Place> {
  if (directory === "processes") return await startOnePort(3);
  const { url } = stack.use(await startDirectory(directory));
  return await startCluster(3, { directory: url });
}

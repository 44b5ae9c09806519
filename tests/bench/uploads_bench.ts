/**
 * How much memory uploads take, of files that are just small enough and just too large.
 *
 *   deno task bench:uploads
 *
 * Memory grows by what is read until it is first collected, whatever is uploaded, and then no more:
 * the ratio is that of its growth since the start to all that has come by then.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, launch, residentMemory } from "./process.ts";

const MB = 1 << 20;
const root = fileURLToPath(new URL("../..", import.meta.url));
const bot = fileURLToPath(new URL("start_bot.ts", import.meta.url));

const folder = await Deno.makeTempDir();
const port = freePort();
await using server = await launch(
  ["run", "-A", join(root, "mod.ts"), bot, "--port", String(port), "-u", folder],
  port,
);

/** Uploads files; resolves with their statuses and the most memory meanwhile, in MB. */
async function upload(megabytes: number, count: number, atOnce: boolean) {
  let most = residentMemory(server.pid);
  const look = () => most = Math.max(most, residentMemory(server.pid));
  const timer = setInterval(look, 5);
  const send = async () => {
    const body = new FormData();
    body.append("file", new Blob([new Uint8Array(megabytes * MB)]), "file.bin");
    const response = await fetch(`${server.origin}/files`, { method: "POST", body });
    await response.body?.cancel();
    return response.status;
  };
  const statuses: number[] = [];
  if (atOnce) statuses.push(...await Promise.all(Array.from({ length: count }, send)));
  else for (let n = 0; n < count; n++) statuses.push(await send());
  clearInterval(timer);
  look();
  return { statuses: new Set(statuses), most };
}

await upload(1, 1, false); // what is loaded with the first upload
const start = residentMemory(server.pid);
let total = 0;
console.log("\n files                     status    most MB    grown / all");
for (
  const [megabytes, count, atOnce] of [
    [49, 1, false],
    [49, 5, false],
    [51, 5, false],
    [49, 8, true],
    [51, 8, true],
    [49, 20, false],
  ] as const
) {
  const { statuses, most } = await upload(megabytes, count, atOnce);
  total += megabytes * count;
  const name = `${count} × ${megabytes} MB${atOnce ? " at once" : ""}`;
  const columns = [
    name.padEnd(20),
    [...statuses].join(",").padStart(10),
    most.toFixed(0).padStart(10),
    ((most - start) / total).toFixed(2).padStart(14),
  ];
  console.log(` ${columns.join(" ")}`);
}
await Deno.remove(folder, { recursive: true });

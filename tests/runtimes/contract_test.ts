/**
 * The contract on every runtime, and what becomes of the package when npm users install it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../cli/child.ts";
import { addTests } from "./contract/mod.ts";
import {
  type Installed,
  installPackage,
  run,
  serveWithBun,
  serveWithDeno,
  serveWithNode,
  serveWithWorkerd,
  start,
  tool,
} from "./hosts.ts";

/** What a Worker may weigh, compressed, in bytes: zod alone is a third of it. */
const MOST_BYTES = 80 << 10;

/** Installed when it is first needed, and removed after the last test. */
const place: { installed?: Promise<Installed>; path?: string } = {};
const installed = () =>
  place.installed ??= installPackage().then((folder) => {
    place.path = folder.path;
    return folder;
  });
globalThis.addEventListener("unload", () => {
  if (place.path !== undefined) Deno.removeSync(place.path, { recursive: true });
});

addTests("deno", serveWithDeno, { page: true, webrtc: true });
addTests("node", async () => await serveWithNode(await installed()), { page: true, webrtc: true });
addTests("bun", async () => await serveWithBun(await installed()), { page: true, webrtc: true });
addTests("workers", async () => await serveWithWorkerd(await installed()), {
  page: false,
  webrtc: false,
});

const RUNTIMES = [
  ["deno", Deno.execPath(), ["run", "-A", "--config", join(ROOT, "deno.json")]],
  ["node", tool("node"), []],
  ["bun", tool("bun"), []],
] as const;
for (const [runtime, command, args] of RUNTIMES) {
  Deno.test(`${runtime}: a server says why it cannot start, and ends with all its sockets`, async () => {
    const { path } = await installed();
    const fixture = join(
      runtime === "deno" ? join(ROOT, "tests/runtimes/fixtures") : path,
      "manners.ts",
    );

    const printed = await run(command, [...args, fixture], path);

    assert.deepEqual(JSON.parse(printed), {
      welcome: "welcome",
      file: true,
      portInUse: "port_in_use",
      noSuchHost: "host_not_available",
      closed: 1001,
      refused: true,
    });
  });
}

Deno.test("the example for Node serves, and stops when it is told to", async () => {
  const { path } = await installed();
  await Deno.copyFile(join(ROOT, "examples/node/server.ts"), join(path, "server.ts"));

  const server = await start(tool("node"), ["server.ts"], path, { PORT: "0" });
  const page = await (await fetch(`${server.url}/client/`)).text();
  const code = await server.stop("SIGTERM");

  assert.match(page, /<!doctype html>/i);
  assert.equal(code, 0);
});

Deno.test("the example for Workers is small, and holds nothing that they have no use for", async () => {
  const { path } = await installed();
  for (const name of ["worker.ts", "wrangler.jsonc"]) {
    await Deno.copyFile(join(ROOT, "examples/workers", name), join(path, name));
  }

  await run(tool("wrangler"), ["deploy", "--dry-run", "--outdir=out", "--metafile"], path);

  const { outputs }: Metafile = JSON.parse(
    await Deno.readTextFile(join(path, "out/bundle-meta.json")),
  );
  const bundle = Object.values(outputs).find(({ entryPoint }) => entryPoint === "worker.ts");
  assert.ok(bundle);
  assert.deepEqual(bundle.imports, []);
  const useless = /werift|opus|\/(webrtc|cli|client|demo|node_modules\/ws)\/|node-server/;
  const held = Object.entries(bundle.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  assert.deepEqual(held.map(([name]) => name).filter((name) => useless.test(name)), []);
  const compressed = await gzip(await Deno.readFile(join(path, "out/worker.js")));
  assert.ok(compressed <= MOST_BYTES, `${(compressed / 1024).toFixed(1)} KiB are too many`);
});

/** As much as is read of what a bundler tells about its bundle. */
interface Metafile {
  readonly outputs: Readonly<Record<string, Output>>;
}

interface Output {
  readonly entryPoint?: string;
  readonly imports: readonly unknown[];
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

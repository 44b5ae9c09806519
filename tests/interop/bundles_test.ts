/**
 * A user's server as one file, by what bundles for its host: it serves the page and a browser, and
 * nothing of the command line runs.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../cli/child.ts";
import { WEBRTC } from "../runtimes/contract/webrtc.ts";
import { installPackage, run, start, tool } from "../runtimes/hosts.ts";

/** A server for a bundler that makes CommonJS, which has no await at the top. */
const NODE_SERVER = `
import { createTransport, type RunnerArguments } from "@pipecat/runner";
import { serve } from "@pipecat/runner/node";

async function bot(args: RunnerArguments): Promise<void> {
  const transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

void serve(bot, { port: 0 }).then(({ url }) => console.log(\`Open \${url}/client/\`));
`;

const DENO_SERVER = NODE_SERVER.replace("runner/node", "runner/deno");

Deno.test("a bundle of a user's server runs", async (t) => {
  await using installed = await installPackage();
  const { path } = installed;
  const chapter = await Deno.readTextFile(join(ROOT, ".github/docs/deploying.md"));
  await Deno.copyFile(join(ROOT, "examples/node/server.ts"), join(path, "server.ts"));
  await Deno.copyFile(join(ROOT, "examples/bun/server.ts"), join(path, "bun_server.ts"));
  await Deno.writeTextFile(join(path, "node_server.ts"), NODE_SERVER);
  await Deno.writeTextFile(join(path, "deno_server.ts"), DENO_SERVER);
  const served = (name: string, command: string, args: readonly string[]) =>
    t.step({
      name,
      // The tests' own client repeats its DTLS messages a moment longer; the whole test waits for it.
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const server = await start(command, args, path, { PORT: "0" });
        try {
          const page = await (await fetch(`${server.url}/client/`)).text();
          assert.match(page, /<!doctype html>/i);
          for (const check of Object.values(WEBRTC)) await check(server.url);
        } finally {
          await server.stop("SIGKILL");
        }
      },
    });

  const [, bundle = ""] = /^npx esbuild (server\.ts .*server\.mjs)$/m.exec(chapter) ?? [];
  const [, banner = ""] = /--banner:js="([^"]*)"/.exec(bundle) ?? [];
  assert.ok(banner, "the chapter does not say how to bundle for Node");
  const flags = bundle.replace(/--banner:js="[^"]*"/, "").split(/\s+/);
  await run(tool("esbuild"), [...flags, `--banner:js=${banner}`], path);
  await served("esbuild, as the chapter says", tool("node"), ["server.mjs"]);

  const split = flags.filter((flag) => !flag.startsWith("--outfile"));
  const chunks = ["--splitting", "--outdir=chunks", "--out-extension:.js=.mjs"];
  await run(tool("esbuild"), [...split, ...chunks, `--banner:js=${banner}`], path);
  await served("esbuild, in chunks", tool("node"), ["chunks/server.mjs"]);

  const common = ["--bundle", "--platform=node", "--outfile=server.cjs"];
  await run(tool("esbuild"), ["node_server.ts", ...common], path);
  await served("esbuild, as CommonJS", tool("node"), ["server.cjs"]);

  await run(tool("bun"), ["build", "--compile", "bun_server.ts", "--outfile", "bun_server"], path);
  await served("bun, as a program", join(path, "bun_server"), []);

  await run(tool("bun"), ["build", "--target=bun", "bun_server.ts", "--outfile", "bun.js"], path);
  await served("bun, as a file", tool("bun"), ["bun.js"]);

  await run(Deno.execPath(), ["bundle", "-o", "deno.js", "deno_server.ts"], path);
  await served("deno bundle", Deno.execPath(), ["run", "-A", "deno.js"]);
});

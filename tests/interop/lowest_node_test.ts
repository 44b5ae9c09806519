/**
 * The lowest Node that the npm package says it runs on.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { hear, loudPart } from "../testing/telephone.ts";
import { call } from "../../src/testing/mod.ts";
import { sine } from "../audio/signals.ts";
import { WEBRTC } from "../runtimes/contract/webrtc.ts";
import { installPackage, run, start } from "../runtimes/hosts.ts";

const SERVER = `
import { createTransport } from "@pipecat/runner";
import { serve } from "@pipecat/runner/node";

const { url } = await serve(async (args) => {
  const transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}, { port: 0 });
console.log(\`Open \${url}/client/\`);
`;

Deno.test("the lowest Node of the package's engines serves browsers and phones", async () => {
  await using installed = await installPackage();
  const { path } = installed;
  const manifest = join(path, "node_modules/@pipecat/runner/package.json");
  const { engines } = JSON.parse(await Deno.readTextFile(manifest));
  const [, lowest] = /^>=(\d+\.\d+\.\d+)$/.exec(engines.node) ?? [];
  await Deno.writeTextFile(join(path, "server.mjs"), SERVER);
  const find = ["-y", `node@${lowest}`, "-p", "process.execPath"];
  const node = (await run("npx", find, path)).trim();

  const server = await start(node, ["server.mjs"], path);
  try {
    for (const check of Object.values(WEBRTC)) await check(server.url);
    await using caller = await call(server.url, { carrier: "twilio" });
    await caller.say(sine(500, 8000, 0.3));
    const heard = loudPart(await hear(caller, 280));

    assert.ok(heard.length > 2000);
  } finally {
    await server.stop("SIGKILL");
  }
});

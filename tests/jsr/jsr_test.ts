/**
 * `deno run -A jsr:@pipecat/runner bot.ts`, word for word, in a folder that holds nothing else.
 */
import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { ECHO_BOT, folderWith, run, start } from "../cli/child.ts";
import { freshCache, serveRegistry } from "./registry.ts";

Deno.test("a bot is served by the package from the registry", async () => {
  await using registry = await serveRegistry();
  await using cache = await freshCache();
  await using folder = await folderWith({
    "bot.ts": `${ECHO_BOT}
      import { app } from "jsr:@pipecat/runner";
      app.get("/hello", (c) => c.text("hello"));`,
  });
  const env = { JSR_URL: registry.url, DENO_DIR: cache.path };
  const place = { cwd: folder.path, env, program: "jsr:@pipecat/runner", config: false };

  const version = await run(["--version"], place);
  const callHelp = await run(["call", "--help"], place);
  await using demo = await start(["demo", "--port", "0"], place);
  await using cli = await start(["bot.ts", "--port", "0"], place);
  const status = await (await fetch(`${cli.url}/status`)).json();
  const page = await (await fetch(`${cli.url}/client/`)).text();
  const hello = await (await fetch(`${cli.url}/hello`)).text();
  const demoStatus = await (await fetch(`${demo.url}/status`)).json();
  cli.kill("SIGINT");
  const { code } = await cli.ended;

  assert.equal(version.stdout, `${config.version}\n`);
  assert.match(callHelp.stdout, /^Phones a bot/);
  assert.equal(status.status, "ready");
  assert.equal(status.transports[0], "webrtc");
  assert.deepEqual(demoStatus, status);
  assert.match(page, /<!doctype html>/i);
  assert.equal(hello, "hello");
  assert.equal(code, 0);
});

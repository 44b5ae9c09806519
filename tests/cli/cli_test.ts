/**
 * The command line from the outside: each test runs the real one.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { ECHO_BOT, folderWith, ROOT, run, start } from "./child.ts";

const ANSI = "\x1b[";

Deno.test("a bot file is served, and the banner says where", async () => {
  await using folder = await folderWith({ "my_bot.ts": ECHO_BOT });
  await using cli = await start(["my_bot.ts", "--port", "0"], { cwd: folder.path });

  const status = await (await fetch(`${cli.url}/status`)).json();
  const page = await fetch(`${cli.url}/`);
  const html = await page.text();

  assert.equal(status.status, "ready");
  assert.equal(status.transports[0], "webrtc");
  assert.equal(new URL(page.url).pathname, "/client/");
  assert.match(html, /<!doctype html>/i);
  cli.kill("SIGTERM");
  const { stdout, stderr, code } = await cli.ended;
  assert.match(stdout, new RegExp(`Pipecat runner ${config.version}`));
  assert.match(stdout, /Open +http:\/\/localhost:\d+\/client\/\n/);
  assert.match(stdout, /Bot +my_bot\.ts\n/);
  assert.match(stdout, /Transports +webrtc/);
  assert.doesNotMatch(stdout, /:0\b|Public|Network|Files/);
  assert.ok(!stdout.includes(ANSI), "colour without a terminal");
  assert.deepEqual([stderr, code], ["", 0]);
});

Deno.test("the banner names the public address and the folder", async () => {
  await using folder = await folderWith({ "bot.ts": ECHO_BOT });
  const args = ["bot.ts", "--port", "0", "--proxy", "my.example.com", "--folder", "."];
  await using cli = await start(args, { cwd: folder.path });

  cli.kill("SIGTERM");
  const { stdout } = await cli.ended;

  assert.match(stdout, /Public +https:\/\/my\.example\.com\n/);
  assert.match(stdout, /Files +\. at \/files\/\n/);
});

Deno.test("./bot.ts is found by itself, and -t restricts the transport", async () => {
  await using folder = await folderWith({ "bot.ts": ECHO_BOT });
  await using cli = await start(["-t", "webrtc", "--port", "0"], { cwd: folder.path });

  const response = await fetch(`${cli.url}/start`, {
    method: "POST",
    body: JSON.stringify({ transport: "daily" }),
  });

  assert.equal(response.status, 400);
  assert.equal((await response.json()).code, "transport_not_allowed");
});

Deno.test("the bot finds what .env says, ENV=local, and what was set before", async () => {
  await using folder = await folderWith({
    ".env": "ADDED='from file'\nKEPT=from file\n",
    "bot.ts": `
      import { Hono } from "npm:hono";
      export const app = new Hono().get("/env", (c) =>
        c.json([Deno.env.get("ENV"), Deno.env.get("ADDED"), Deno.env.get("KEPT")]));
      export function bot() {}`,
  });
  const env = { KEPT: "from shell" };
  await using cli = await start(["--port", "0"], { cwd: folder.path, env });

  const seen = await (await fetch(`${cli.url}/env`)).json();

  assert.deepEqual(seen, ["local", "from file", "from shell"]);
});

Deno.test("routes of a bot module's app are served, below sessions with the session", async () => {
  await using folder = await folderWith({
    "bot.ts": `
      import { app } from "jsr:@pipecat/runner";
      import { Hono } from "npm:hono";
      app.get("/shared", (c) => c.text("shared"));
      const own = new Hono().post("/speak", async (c) =>
        c.json({ session: c.var.session ?? null, said: await c.req.text() }));
      export { own as app };
      export function bot() {}`,
  });
  await using cli = await start(["--port", "0"], { cwd: folder.path });
  const started = await fetch(`${cli.url}/start`, {
    method: "POST",
    body: JSON.stringify({ body: { user: "u1" } }),
  });
  const { sessionId } = await started.json();
  const speak = async (path: string) =>
    await (await fetch(cli.url + path, { method: "POST", body: "hi" })).json();

  const shared = await (await fetch(`${cli.url}/shared`)).text();
  const alone = await speak("/speak");
  const within = await speak(`/sessions/${sessionId}/speak`);

  assert.equal(shared, "shared");
  assert.deepEqual(alone, { session: null, said: "hi" });
  assert.deepEqual([within.session.id, within.session.body, within.said], [
    sessionId,
    { user: "u1" },
    "hi",
  ]);
});

Deno.test("a bot file can run itself with main", async () => {
  await using folder = await folderWith({
    "self.ts": `
      import { app, main } from "jsr:@pipecat/runner";
      app.get("/hello", (c) => c.text("hello"));
      export function bot() {}
      if (import.meta.main) {
        await main({ bot });
        console.log("after main");
      }`,
  });
  const program = join(folder.path, "self.ts");
  await using cli = await start(["--port", "0"], { cwd: folder.path, program });

  const text = await (await fetch(`${cli.url}/hello`)).text();
  cli.kill("SIGINT");
  const { code, stdout } = await cli.ended;

  assert.equal(text, "hello");
  assert.equal(code, 0);
  assert.match(stdout, /Bot +self\.ts\n/);
  assert.match(stdout, /Stopped\.\nafter main\n$/);
});

Deno.test("files of the folder can be downloaded, and no others", async () => {
  await using folder = await folderWith({ "bot.ts": ECHO_BOT, "secret.txt": "secret" });
  await Deno.mkdir(join(folder.path, "out"));
  await Deno.writeTextFile(join(folder.path, "out", "a.txt"), "audio");
  const args = ["--port", "0", "--folder", "out"];
  await using cli = await start(args, { cwd: folder.path });

  const inside = await fetch(`${cli.url}/files/a.txt`);
  const outside = await fetch(`${cli.url}/files/%2e%2e%2fsecret.txt`);

  assert.deepEqual([inside.status, await inside.text()], [200, "audio"]);
  assert.equal(outside.status, 404);
  assert.doesNotMatch(await outside.text(), /secret\n/);
});

Deno.test("an error that a bot forgot does not end the runner", async () => {
  await using folder = await folderWith({
    "bot.ts": `
      import { Hono } from "npm:hono";
      export const app = new Hono().get("/trip", (c) => {
        void Promise.reject(new Error("forgotten promise"));
        setTimeout(() => { throw new Error("forgotten timer"); });
        return c.text("tripped");
      });
      export function bot() {}`,
  });
  await using cli = await start(["--port", "0"], { cwd: folder.path });

  await (await fetch(`${cli.url}/trip`)).text();
  await cli.printed("forgotten promise");
  await cli.printed("forgotten timer");
  const status = await fetch(`${cli.url}/status`);
  await status.body?.cancel();

  assert.equal(status.status, 200);
  cli.kill("SIGTERM");
  const { stderr } = await cli.ended;
  assert.match(
    stderr,
    /error A rejected promise was not handled: forgotten promise\n +at .*bot\.ts/,
  );
});

Deno.test("the demo is a bot like any other", async () => {
  await using folder = await folderWith({});
  await using cli = await start(["demo", "--port", "0"], { cwd: folder.path });

  cli.kill("SIGTERM");
  const { code, stdout, stderr } = await cli.ended;

  assert.match(stdout, /Bot +demo\n/);
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test("a demo whose voice is not to be had says so in one line, and goes on", async () => {
  await using folder = await folderWith({
    "voiceless.ts": `
      import { app } from "jsr:@pipecat/runner";
      import { runCommandLine } from "${new URL("../../src/cli/main.ts", import.meta.url)}";
      WebAssembly.compile = () => Promise.reject(new Error("Nothing speaks here."));
      await runCommandLine({ app });`,
  });
  const program = join(folder.path, "voiceless.ts");
  await using cli = await start(["demo", "--port", "0"], { cwd: folder.path, program });

  await cli.printed("Nothing speaks here.");
  const status = await fetch(`${cli.url}/status`);
  await status.body?.cancel();
  cli.kill("SIGTERM");
  const { code, stderr } = await cli.ended;

  assert.deepEqual([status.status, code], [200, 0]);
  assert.match(stderr, /^\S+ error The demo has no voice\. Nothing speaks here\.\n$/);
});

Deno.test("--version prints the version of deno.json, --help the usage", async () => {
  const version = await run(["--version"], { cwd: ROOT });
  const help = await run(["--help"], { cwd: ROOT });

  assert.deepEqual(version, { code: 0, stdout: `${config.version}\n`, stderr: "" });
  assert.match(help.stdout, /^Usage: deno run -A jsr:@pipecat\/runner \[bot\.ts\]/);
  assert.deepEqual([help.code, help.stderr], [0, ""]);
});

Deno.test("without a bot and a terminal it says in a few lines what can be run", async () => {
  await using folder = await folderWith({});

  const { code, stdout, stderr } = await run([], { cwd: folder.path });

  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /no bot\.ts here/);
  assert.match(stderr, /jsr:@pipecat\/runner demo/);
  assert.ok(stderr.split("\n").length < 8);
});

Deno.test("a demo is offered to a terminal, and a no is a no", async () => {
  await using folder = await folderWith({});
  const deno = `${Deno.execPath()} run -A --config ${ROOT}deno.json ${ROOT}mod.ts --port 0`;
  const child = new Deno.Command("script", { // gives the command a terminal
    args: ["-qec", deno, "/dev/null"],
    cwd: folder.path,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("n\n"));

  const { code, stdout } = await child.output();
  await writer.close().catch(() => {}); // the command has gone

  const text = new TextDecoder().decode(stdout);
  assert.match(text, /Run the demo bot now\? \[Y\/n\]/);
  assert.match(text, /jsr:@pipecat\/runner demo/);
  assert.equal(code, 2);
});

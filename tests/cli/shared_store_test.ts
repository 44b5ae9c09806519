/**
 * `--store` and `--advertise`: what runners share, and how they find each other.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { advertisedOrigin } from "../../src/cli/shared_store.ts";
import { ECHO_BOT, folderWith, run, start } from "./child.ts";
import { offer } from "./offer.ts";

const REDIS = "redis://redis.example.com:6379";
const SECRET = { RUNNER_SECRET: "0123456789abcdef0123456789abcdef" };

const origin = (
  given: Partial<{ hostname: string; port: number; advertise: string }>,
  addresses: string[] = [],
  store = REDIS,
) => advertisedOrigin({ hostname: "0.0.0.0", port: 7860, ...given }, store, addresses);

Deno.test("the others reach a runner at the address of its machine, where that is told", () => {
  assert.equal(origin({}, ["10.0.0.7"]), "http://10.0.0.7:7860");
  assert.equal(origin({ hostname: "10.0.0.8" }, ["10.0.0.7"]), "http://10.0.0.8:7860");
  assert.equal(origin({ hostname: "2001:db8::1" }), "http://[2001:db8::1]:7860");
  assert.equal(origin({ advertise: "http://10.0.0.9:80" }, ["10.0.0.7"]), "http://10.0.0.9:80");
  const local = { hostname: "localhost", port: 7861 };
  assert.equal(origin(local, ["10.0.0.7"], "redis://localhost:6379"), "http://localhost:7861");
  assert.equal(origin(local, ["10.0.0.7"], "kv:"), "http://localhost:7861");
});

Deno.test("where it is not told, the error says what to give", () => {
  assert.throws(
    () => origin({}, ["10.0.0.7", "172.17.0.1"]),
    /10\.0\.0\.7 and 172\.17\.0\.1\. Say where .* --advertise http:\/\/10\.0\.0\.7:7860\.$/,
  );
  assert.throws(() => origin({}), /no known address\. Say where the others reach/);
  assert.throws(
    () => origin({ hostname: "localhost" }, ["10.0.0.7"]),
    /cannot reach this one, which listens on localhost: add --host 0\.0\.0\.0/,
  );
  assert.throws(() => origin({ port: 0 }, ["10.0.0.7"]), /--port 0/);
});

Deno.test("what a shared store lacks is said in one line, and no password with it", async () => {
  await using folder = await folderWith({ "bot.ts": ECHO_BOT });
  const failure = async (args: string[], env = {}) => {
    const { code, stderr } = await run(["bot.ts", ...args], { cwd: folder.path, env });
    return [code, stderr];
  };
  const [secret, kind, kv, nodes] = await Promise.all([
    failure(["--store", "redis://localhost"]),
    failure(["--store", "mysql://user:hunter22@localhost"], SECRET),
    failure(["--store", "kv:"], SECRET),
    failure(["--store", "kv:", "--media-nodes", "http://a.example"], SECRET),
  ]);

  assert.match(String(secret), /^2,error: --store needs RUNNER_SECRET .* openssl rand -hex 32/);
  assert.match(String(kind), /^2,error: Option '--store <url>' takes a URL such as redis:/);
  assert.ok(!String(kind).includes("hunter22"));
  assert.match(String(kv), /^2,error: Deno KV is off: run Deno with --unstable-kv/);
  assert.match(String(nodes), /--store and --media-nodes cannot go together/);
});

const BOT = `
  import { app } from "jsr:@pipecat/runner";
  app.get("/whose", (c) => c.json({ pid: Deno.pid, body: c.var.session.body }));
  ${ECHO_BOT}`;

Deno.test({
  name: "several processes of one machine are equals of a runner with the same store",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await folderWith({ "bot.ts": BOT });
    const options = { cwd: folder.path, env: SECRET, permissions: ["-A", "--unstable-kv"] };
    const store = ["--store", "kv:shared.db"];
    await using several = await start(
      ["bot.ts", "--port", "8330", "--processes", "2", ...store],
      options,
    );
    await using one = await start(["bot.ts", "--port", "8340", ...store], options);

    const { sessionId } = await (await fetch(`${one.url}/start`, {
      method: "POST",
      body: JSON.stringify({ body: { user: "u1" } }),
    })).json();
    await offer(`${several.url}/sessions/${sessionId}`); // whoever is asked has it from now on
    const urls = [several.url, one.url, "http://localhost:8331", "http://localhost:8332"];
    const answers = await Promise.all(urls.map(async (url) => {
      const response = await fetch(`${url}/sessions/${sessionId}/whose`);
      return await response.json();
    }));
    several.kill("SIGINT");
    one.kill("SIGINT");
    const [{ code, stdout }] = await Promise.all([several.ended, one.ended]);

    assert.deepEqual(answers.map(({ body }) => body), Array(4).fill({ user: "u1" }));
    assert.equal(new Set(answers.map(({ pid }) => pid)).size, 1);
    assert.match(stdout, /\n {2}Processes {3}2\n {2}Fleet {7}http:\/\/localhost:8330, found/);
    assert.equal(code, 0);
  },
});

Deno.test("runners that share a store are one to their clients: a session of one is answered by the other", async () => {
  await using folder = await folderWith({ "bot.ts": BOT });
  const ports = [8321, 8322];
  const [a, b] = await Promise.all(
    ports.map((port) =>
      start(["bot.ts", "--port", String(port), "--store", "kv:shared.db"], {
        cwd: folder.path,
        env: SECRET,
        permissions: ["-A", "--unstable-kv"],
      })
    ),
  ) as [Awaited<ReturnType<typeof start>>, Awaited<ReturnType<typeof start>>];
  await using _a = a;
  await using _b = b;

  const started = await fetch(`${a.url}/start`, {
    method: "POST",
    body: JSON.stringify({ body: { user: "u1" } }),
  });
  const { sessionId } = await started.json();
  const whose = async (url: string) =>
    await (await fetch(`${url}/sessions/${sessionId}/whose`)).json();
  const [here, there] = [await whose(a.url), await whose(b.url)];
  a.kill("SIGINT");
  b.kill("SIGINT");
  const [{ stdout }] = await Promise.all([a.ended, b.ended]);

  assert.deepEqual(here.body, { user: "u1" });
  assert.deepEqual(there.body, { user: "u1" });
  assert.match(stdout, /\n {2}Fleet {7}http:\/\/localhost:8321, found through kv:shared\.db\n/);
});

Deno.test("a program that is the bot may bring its own fleet along, and is found in it", async () => {
  await using folder = await folderWith({
    "own.ts": `
      import { app, main } from "jsr:@pipecat/runner";
      import { MemoryFleet, MemorySessionStore } from "jsr:@pipecat/runner/ports";
      const fleet = new MemoryFleet();
      app.get("/nodes", async (c) => c.json((await fleet.nodes()).map(({ origin }) => origin)));
      await main({ bot() {}, fleet, store: new MemorySessionStore() });`,
  });
  const args = ["--port", "8323", "--advertise", "http://127.0.0.1:8323"];
  const program = join(folder.path, "own.ts");
  await using cli = await start(args, { cwd: folder.path, env: SECRET, program });

  let nodes: string[] = [];
  while (nodes.length === 0) nodes = await (await fetch(`${cli.url}/nodes`)).json();
  cli.kill("SIGINT");
  const { code, stdout } = await cli.ended;

  assert.deepEqual(nodes, ["http://127.0.0.1:8323"]);
  assert.match(stdout, /\n {2}Fleet {7}http:\/\/127\.0\.0\.1:8323\n/);
  assert.equal(code, 0);
});

/**
 * `--processes`: several processes of the real command, which are one to whoever uses them.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { call } from "../../src/testing/call.ts";
import { ECHO_BOT, folderWith, run, type Running, start } from "./child.ts";
import { offer } from "./offer.ts";

const BOT = `
import { app } from "jsr:@pipecat/runner";
app.get("/pid", (c) => c.text(String(Deno.pid)));
app.get("/whose", (c) => c.json({ pid: Deno.pid, body: c.var.session?.body }));
${ECHO_BOT}`;
const METRICS = { PIPECAT_METRICS_TOKEN: "0123456789abcdef" };
const linux = { ignore: Deno.build.os !== "linux" };

/** Each request may meet another process then. */
const headers = { connection: "close" };

/** The processes that answer, each asked over a connection of its own. */
async function pidsOf({ url }: Running): Promise<Set<number>> {
  const ask = async () => Number(await (await fetch(`${url}/pid`, { headers })).text());
  return new Set(await Promise.all(Array.from({ length: 40 }, ask)));
}

async function samples({ url }: Running): Promise<Record<string, number>> {
  const headers = { authorization: `Bearer ${METRICS.PIPECAT_METRICS_TOKEN}` };
  const text = await (await fetch(`${url}/metrics`, { headers })).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => {
    const [name = "", value] = line.split(/ (?=\S+$)/, 2);
    return [name, Number(value)];
  }));
}

Deno.test({
  name: "two processes are one to browsers, phones, load balancers and Prometheus",
  ...linux,
  async fn() {
    await using folder = await folderWith({ "bot.ts": BOT });
    await using cli = await start(
      ["bot.ts", "--port", "0", "--processes", "2", "--max-sessions", "9"],
      { cwd: folder.path, env: METRICS },
    );
    const { url } = cli;

    const pids = await pidsOf(cli);
    const ready = await (await fetch(`${url}/readyz`)).json();
    const callers = await Promise.all(
      Array.from({ length: 4 }, () => call(url, { carrier: "twilio", from: "+15551234567" })),
    );
    for (const caller of callers) await caller.say(new Int16Array(1600).fill(8000));
    const heard = await Promise.all(callers.map((caller) => caller.heard.next()));
    const clients = await Promise.all(Array.from({ length: 3 }, async () => {
      const { sessionId } = await (await fetch(`${url}/start`, {
        method: "POST",
        body: JSON.stringify({ body: { user: "u1" } }),
      })).json();
      await offer(`${url}/sessions/${sessionId}`);
      return { sessionId };
    }));
    const answers = await Promise.all(
      clients.flatMap(({ sessionId }) =>
        Array.from({ length: 4 }, async () => {
          const whose = await fetch(`${url}/sessions/${sessionId}/whose`, { headers });
          return await whose.json();
        })
      ),
    );
    const logs = await Promise.all(
      clients.flatMap(({ sessionId }) =>
        Array.from({ length: 4 }, async () => {
          const { lines } = await (await fetch(`${url}/logs/${sessionId}`, { headers })).json();
          return lines.some((line: string) => line.includes("began on webrtc"));
        })
      ),
    );
    const during = await samples(cli);
    await Promise.all(callers.map((caller) => caller[Symbol.asyncDispose]()));
    cli.kill("SIGINT");
    const { code, stdout, stderr } = await cli.ended;

    assert.equal(pids.size, 2);
    assert.deepEqual([ready.status, ready.maxSessions, ready.processes], ["ready", 9, 2]);
    assert.deepEqual(heard.map(({ done }) => done), [false, false, false, false]);
    for (const { pid, body } of answers) {
      assert.ok(pids.has(pid));
      assert.deepEqual(body, { user: "u1" });
    }
    assert.ok(logs.every(Boolean));
    // Each session is in one process, which answers for it whoever was asked.
    for (let first = 0; first < answers.length; first += 4) {
      assert.equal(new Set(answers.slice(first, first + 4).map(({ pid }) => pid)).size, 1);
    }
    assert.deepEqual([
      during['pipecat_runner_sessions{transport="twilio"}'],
      during['pipecat_runner_sessions{transport="webrtc"}'],
      during.pipecat_runner_sessions_max,
      during.pipecat_runner_ready,
    ], [4, 3, 9, 1]);
    assert.match(stdout, /\n {2}Processes {3}2\n/);
    assert.equal(stdout.match(/Pipecat runner/g)?.length, 1);
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /Process \d/);
  },
});

Deno.test({
  name: "a process that is killed is started again, which is said once, and no count falls",
  ...linux,
  async fn() {
    await using folder = await folderWith({ "bot.ts": BOT });
    await using cli = await start(["bot.ts", "--port", "0", "--processes", "2"], {
      cwd: folder.path,
      env: METRICS,
    });
    const one = await call(cli.url, { carrier: "twilio", from: "+15551234567" });
    await one.say(new Int16Array(1600).fill(8000));
    const before = await samples(cli);
    const [first, second] = [...await pidsOf(cli)] as [number, number];

    Deno.kill(first, "SIGKILL");
    await cli.printed("restarting it");
    let pids: Set<number>;
    do pids = await pidsOf(cli); while (pids.size < 2);
    const other = await call(cli.url, { carrier: "twilio", from: "+15551234567" });
    await other.say(new Int16Array(1600).fill(8000));
    const answered = await other.heard.next();
    const after = await samples(cli);
    await other[Symbol.asyncDispose]();
    await one[Symbol.asyncDispose]();
    cli.kill("SIGTERM");
    const { code, stderr } = await cli.ended;

    assert.ok(!pids.has(first) && pids.has(second));
    assert.equal(answered.done, false);
    const started = 'pipecat_runner_sessions_started_total{transport="twilio"}';
    assert.deepEqual([before[started], after[started]], [1, 2]);
    assert.equal(stderr.match(/ended with code \d+; restarting it/g)?.length, 1);
    assert.equal(code, 0);
  },
});

Deno.test({
  name: "SIGTERM lets the sessions of all processes end, and says how many there are",
  ...linux,
  async fn() {
    await using folder = await folderWith({ "bot.ts": BOT });
    await using cli = await start(["bot.ts", "--port", "0", "--processes", "2"], {
      cwd: folder.path,
    });
    const callers = await Promise.all(
      Array.from({ length: 4 }, () => call(cli.url, { carrier: "twilio", from: "+15551234567" })),
    );
    for (const caller of callers) await caller.say(new Int16Array(1600).fill(8000));
    for (const caller of callers) assert.equal((await caller.heard.next()).done, false);
    const pids = await pidsOf(cli);

    cli.kill("SIGTERM");
    await cli.printed("Waiting for 4 sessions to end");
    for (const caller of callers) {
      await caller.say(new Int16Array(1600).fill(8000));
      assert.equal((await caller.heard.next()).done, false); // no call was cut
    }
    await Promise.all(callers.map((caller) => caller[Symbol.asyncDispose]()));
    const { code, stderr } = await cli.ended;

    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /Process \d/);
    for (const pid of pids) assert.throws(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
  },
});

Deno.test({
  name: "what keeps all processes from serving is said once",
  ...linux,
  async fn() {
    await using folder = await folderWith({
      "broken.ts": "export function bot() {}\nthrow new Error('No key');",
      "bot.ts": BOT,
      "own.ts": `
        import { main } from "jsr:@pipecat/runner";
        import { MemoryFleet } from "jsr:@pipecat/runner/ports";
        await main({ bot() {}, fleet: new MemoryFleet() });`,
    });
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const taken = String(listener.addr.port);
    const failure = async (args: string[], options = {}) => {
      const { code, stdout, stderr } = await run([...args, "--processes", "3"], {
        cwd: folder.path,
        ...options,
      });
      assert.equal(stdout, "");
      return `${code} ${stderr}`;
    };
    const [broken, port, watch, own, permissions] = await Promise.all([
      failure(["broken.ts", "--port", "0"]),
      failure(["bot.ts", "--host", "127.0.0.1", "--port", taken]),
      failure(["bot.ts", "--watch"]),
      failure(["--port", "0"], { program: join(folder.path, "own.ts") }),
      failure(["bot.ts", "--port", "0"], {
        permissions: ["--no-prompt", "--allow-net", "--allow-env", "--allow-read", "--allow-sys"],
      }),
    ]);
    listener.close();

    assert.match(broken, /^1 error: broken\.ts cannot be loaded: No key[^\n]*\n$/);
    assert.equal(
      port,
      `1 error: Port ${taken} is in use. ` +
        "Choose another with --port; 0 takes any free one.\n",
    );
    assert.equal(watch, "2 error: --watch works with one process only. Leave out --processes.\n");
    assert.match(own, /^2 error: --processes brings its own store/);
    assert.match(
      permissions,
      /^1 error: Several processes need all permissions: run Deno with -A\.\n$/,
    );
  },
});

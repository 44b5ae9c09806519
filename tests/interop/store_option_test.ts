/**
 * `--store` on the command line, with real servers of Redis and Valkey: two processes, each with the
 * whole program.
 */
import assert from "node:assert/strict";
import { connectRedis } from "../../src/redis/mod.ts";
import { type Ended, type Folder, folderWith, run, type Running, start } from "../cli/child.ts";
import { startTlsRedis } from "./redis_certificate.ts";
import { freePort, startRedis } from "./redis_server.ts";

const PASSWORD = "s3cr%2Ft-of-the-store";
const RUNNER_SECRET = "a secret that the runners of this test share";
/** It stays until its client leaves; a user's route says in which process it is asked. */
const BOT = `
import { createTransport, type AppEnv, type RunnerArguments } from "jsr:@pipecat/runner";
import { Hono } from "hono";
export const app = new Hono<AppEnv>().get("/pid", (c) => c.text(String(Deno.pid)));
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}
`;

const withLogin = (url: string, password = PASSWORD) =>
  url.replace("//", `//default:${encodeURIComponent(password)}@`);

/** What a command line is run with. */
interface Given {
  readonly folder: Folder;
  readonly store: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Further arguments. */
  readonly more?: readonly string[];
}

function argumentsOf({ folder, store, env = {}, more = [] }: Given) {
  const args = ["bot.ts", "--port", String(freePort()), "--store", store, ...more];
  return [args, { cwd: folder.path, env: { RUNNER_SECRET, ...env } }] as const;
}

const json = async (url: string, init?: RequestInit) => await (await fetch(url, init)).json();

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!await isSo()) {
    if (Date.now() > end) throw new Error("It did not come in ten seconds");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Begins a session on one process, and comes with its media to the other. */
async function talkAcross(one: Running, two: Running) {
  const { wsUrl } = await json(`${one.url}/start`, {
    method: "POST",
    body: '{"transport":"websocket"}',
  });
  const { pathname } = new URL(wsUrl);
  const socket = new WebSocket(`${two.url.replace("http", "ws")}${pathname}`);
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error("The WebSocket was refused"));
  });
  await until(async () => (await json(`${two.url}/readyz`)).sessions === 1);
  const [id] = pathname.split("/").slice(-1);
  const pids = await Promise.all([one, two].map(({ url }) => json(`${url}/sessions/${id}/pid`)));
  return { socket, pids };
}

/** Everything that a process has said has no login in it. */
function isDiscreet({ stdout, stderr }: Ended): void {
  assert.doesNotMatch(stdout + stderr, /s3cr|of-the-store|default:/);
}

const SERVERS = [
  ["redis://", async () => {
    const server = await startRedis("redis", { args: ["--requirepass", PASSWORD] });
    return { server, url: server.url, env: {} };
  }],
  ["rediss://", async () => {
    const server = await startTlsRedis(["--requirepass", PASSWORD]);
    return { server, url: server.url, env: { DENO_CERT: server.authority } };
  }],
  ["valkey://", async () => {
    const server = await startRedis("valkey", { args: ["--requirepass", PASSWORD] });
    return { server, url: server.url, env: {} };
  }],
] as const;

for (const [scheme, open] of SERVERS) {
  Deno.test(`${scheme}: two command lines share a session, drain, and leave nothing but what waits`, async () => {
    const { server, url, env } = await open();
    await using _server = server;
    await using folder = await folderWith({ "bot.ts": BOT });
    const store = withLogin(url).replace(/^\w+:\/\//, scheme);
    const given = { folder, store, env };
    await using one = await start(...argumentsOf(given));
    await using two = await start(...argumentsOf(given));

    const { socket, pids } = await talkAcross(one, two);
    two.kill("SIGTERM");
    await two.printed("Waiting for 1 session to end");
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
    one.kill("SIGTERM");
    const ends = await Promise.all([one.ended, two.ended]);

    assert.equal(pids[0], pids[1], "both are answered by the process that has the session");
    for (const end of ends) {
      assert.equal(end.code, 0, end.stderr);
      assert.ok(end.stdout.includes(`found through ${url}`), end.stdout);
      isDiscreet(end);
    }
    if (scheme === "rediss://") return; // this process does not know its authority
    await using redis = await connectRedis(withLogin(url));
    const keys = await redis.call("KEYS", "pipecat:*");
    assert.deepEqual(String(keys).split(",").filter((key) => /:(node|owner):/.test(key)), []);
  });
}

Deno.test("--fleet-max-sessions is what three processes take together, to the session", async () => {
  await using server = await startRedis("redis");
  await using folder = await folderWith({ "bot.ts": BOT });
  const more = ["--fleet-max-sessions", "20", "--start-rate", "0"];
  const given = { folder, store: server.url, more };
  const started = await Promise.all([1, 2, 3].map(() => start(...argumentsOf(given))));
  const [one] = started;
  assert.ok(one);
  const begin = async (i: number) => {
    const { url } = started[i % started.length]!;
    const body = '{"transport":"websocket"}';
    const response = await fetch(`${url}/start`, { method: "POST", body });
    return { status: response.status, answer: await response.json() };
  };

  const asked = await Promise.all(Array.from({ length: 120 }, (_, i) => begin(i)));
  const [first] = asked.filter(({ status }) => status === 200);
  const { pathname } = new URL(first?.answer.wsUrl);
  const socket = new WebSocket(`${one.url.replace("http", "ws")}${pathname}`);
  await until(async () => (await json(`${one.url}/readyz`)).sessions === 1);
  // The other nineteen lose their places after 5 s, for nobody comes; this one stays.
  await until(async () => (await begin(0)).status === 200);
  const again = await Promise.all(Array.from({ length: 120 }, (_, i) => begin(i)));
  socket.close();
  await Promise.all(started.map((process) => process[Symbol.asyncDispose]()));

  assert.equal(asked.filter(({ status }) => status === 200).length, 20);
  const codes = new Set(asked.map(({ answer }) => answer.code));
  assert.deepEqual(codes, new Set([undefined, "fleet_full"]));
  assert.ok(again.filter(({ status }) => status === 200).length <= 18, "with two that are there");
});

Deno.test("a Redis that is not there at the start is told of in one line, and waited for", async () => {
  await using server = await startRedis("redis", { args: ["--requirepass", PASSWORD] });
  await server.kill();
  await using folder = await folderWith({ "bot.ts": BOT });
  await using runner = await start(...argumentsOf({ folder, store: withLogin(server.url) }));

  const away = await fetch(`${runner.url}/readyz`);
  const { status } = await away.json();
  await server.start();
  await until(async () => (await json(`${runner.url}/readyz`)).status === "ready");
  runner.kill("SIGTERM");
  const end = await runner.ended;

  assert.deepEqual([away.status, status], [503, "store_unavailable"]);
  const lost = `The store at ${server.url} cannot be reached: connect ECONNREFUSED`;
  assert.equal(end.stderr.split(lost).length, 2, end.stderr);
  assert.ok(end.stderr.includes(`The store at ${server.url} can be reached again`), end.stderr);
  assert.equal(end.code, 0);
  isDiscreet(end);
});

Deno.test("a wrong password ends the start with one sentence that has no password in it", async () => {
  await using server = await startRedis("redis", { args: ["--requirepass", PASSWORD] });
  await using folder = await folderWith({ "bot.ts": BOT });

  const end = await run(...argumentsOf({ folder, store: withLogin(server.url, `${PASSWORD}x`) }));

  assert.equal(end.code, 1);
  const refused = `error: The store at ${server.url} refused the connection: "WRONGPASS `;
  assert.ok(end.stderr.startsWith(refused), end.stderr);
  assert.equal(end.stderr.trim().split("\n").length, 1, end.stderr);
  isDiscreet(end);
});

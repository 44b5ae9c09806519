/**
 * Connections to real servers of Redis that are refused, cut, held up, and come back.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { connectRedis } from "../../src/redis/mod.ts";
import type { RunnerError } from "../../src/core/error.ts";
import { folderWith, ROOT } from "../cli/child.ts";
import { run } from "../runtimes/hosts.ts";
import { warnings } from "../support/warnings.ts";
import { startTlsRedis } from "./redis_certificate.ts";
import { freePort, startRedis } from "./redis_server.ts";

const SECRET = "s3cr%2Ft+näh";
const withLogin = (url: string, password: string, rest = "") =>
  `${url.replace("//", `//:${encodeURIComponent(password)}@`)}${rest}`;

/** Asks until the answer is one that is waited for; tells how long that took, in ms. */
async function until(ask: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  while (!await ask().then(Boolean, () => false)) {
    if (performance.now() - began > 10_000) throw new Error("It did not come in ten seconds");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - began;
}

Deno.test("a login and the number of a database are used, and shown nowhere", async () => {
  await using server = await startRedis("redis", { args: ["--requirepass", SECRET] });
  await using redis = await connectRedis(withLogin(server.url, SECRET, "/3"));
  await using first = await connectRedis(withLogin(server.url, SECRET));

  await redis.call("SET", "key", "value");

  assert.equal(await redis.call("GET", "key"), "value");
  assert.equal(await first.call("GET", "key"), null);
  assert.equal(redis.address, `${server.url}/3`);
});

Deno.test("a user of an access list needs no more than keys and scripts", async () => {
  const may = ["+@read", "+@write", "+@scripting", "+ping", "-info"];
  const args = ["--user", "bot", "on", ">pass", "~voice:*", ...may];
  await using server = await startRedis("valkey", { args });
  await using redis = await connectRedis(server.url.replace("//", "//bot:pass@"));

  assert.equal(await redis.call("SET", "voice:a", "1", "PX", "1000"), "OK");
  await assert.rejects(redis.call("SET", "other", "1"), /NOPERM/);
});

Deno.test("what a server never accepts is told at once, without the password", async () => {
  await using server = await startRedis("redis", { args: ["--requirepass", SECRET] });
  const wrong = [
    withLogin(server.url, "wrong password"),
    server.url,
    withLogin(server.url, SECRET, "/99"),
    withLogin("http://127.0.0.1", SECRET),
    withLogin(server.url, SECRET, "/zero"),
    "redis://",
    "localhost:6379",
  ];

  const lines = await warnings(async () => {
    for (const url of wrong) {
      const error = await connectRedis(url).then(
        async (redis) => {
          await redis.close();
          assert.fail(`${url} was taken`);
        },
        (error: RunnerError) => error,
      );
      assert.equal(error.code, "bad_option", url);
      assert.doesNotMatch(Deno.inspect(error), /s3cr|wrong.password/);
    }
  });

  assert.deepEqual(lines, [], "the error says it all");
});

Deno.test("a server that is not there yet is connected to when it comes", async () => {
  await using server = await startRedis("redis");
  await server.kill();
  const began = performance.now();

  const lines = await warnings(async () => {
    await using redis = await connectRedis(server.url);
    const launch = performance.now() - began;
    await assert.rejects(redis.call("PING"), /No connection: connect ECONNREFUSED/);
    await server.start();
    const waited = await until(() => redis.call("PING"));

    assert.ok(launch < 1000 && waited < 3000, `${launch} ms, ${waited} ms`);
  });

  assert.deepEqual(lines, [
    `The store at ${server.url} cannot be reached: connect ECONNREFUSED 127.0.0.1:${server.port}`,
    `The store at ${server.url} can be reached again`,
  ]);
});

Deno.test("a server that is killed and comes back is used again, and what was asked meanwhile is not done later", async () => {
  await using server = await startRedis("redis");

  const lines = await warnings(async () => {
    await using redis = await connectRedis(server.url);
    await server.kill();
    await until(() => redis.call("PING").then(() => false, () => true));
    const began = performance.now();
    await assert.rejects(redis.call("SET", "late", "1"));
    assert.ok(performance.now() - began < 100, "it fails at once");
    await server.start();
    await until(() => redis.call("PING"));

    assert.equal(await redis.call("GET", "late"), null);
  });

  assert.equal(lines.length, 2, lines.join("\n"));
});

Deno.test("a server that holds still is left after two seconds, and used again when it goes on", async () => {
  await using server = await startRedis("redis");

  const lines = await warnings(async () => {
    await using redis = await connectRedis(server.url);
    await redis.call("SET", "key", "value");
    server.signal("SIGSTOP");
    const began = performance.now();
    const hanging = await Promise.allSettled(Array.from({ length: 100 }, () => redis.call("PING")));
    const passed = performance.now() - began;
    server.signal("SIGCONT");
    const waited = await until(() => redis.call("PING"));

    for (const answer of hanging) {
      assert.ok(answer.status === "rejected");
      assert.match(answer.reason.message, /^No connection: Socket timeout/);
    }
    assert.ok(passed > 1900 && passed < 3500, `${passed} ms`);
    assert.ok(waited < 4000, `${waited} ms`);
    assert.equal(await redis.call("GET", "key"), "value");
  });

  assert.equal(lines.length, 2, lines.join("\n"));
});

Deno.test("a server that is a replica since a failover is left, for its name may lead to the new one", async () => {
  await using server = await startRedis("redis");
  await using redis = await connectRedis(server.url);
  const identity = () => redis.call("CLIENT", "ID");
  const before = await identity();

  await warnings(async () => {
    await redis.call("REPLICAOF", "127.0.0.1", `${freePort()}`);
    await assert.rejects(redis.call("SET", "key", "1"), /READONLY/);
    await until(async () => await identity() !== before);
    await redis.call("REPLICAOF", "NO", "ONE");

    assert.equal(await redis.call("SET", "key", "1"), "OK");
  });
});

Deno.test("a server that drops sessions to make room is warned of", async () => {
  const args = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];
  await using server = await startRedis("valkey", { args });

  const lines = await warnings(async () => {
    await using _ = await connectRedis(server.url);
  });

  assert.match(lines.join("\n"), /drops sessions when its memory is full: .* is allkeys-lru/);
});

Deno.test("rediss: is TLS, with a certificate that has to be good", async () => {
  await using folder = await folderWith({
    "use.ts": `
      import { connectRedis } from "${join(ROOT, "src/redis/mod.ts")}";
      await using redis = await connectRedis(Deno.args[0]);
      console.log(await redis.call("PING").catch((error) => error.message));
    `,
  });
  await using server = await startTlsRedis();
  const use = (...options: string[]) => {
    const config = ["-A", "--config", join(ROOT, "deno.json"), ...options];
    return run(Deno.execPath(), ["run", ...config, "use.ts", server.url], folder.path);
  };

  assert.match(await use("--cert", server.authority), /^PONG$/m);
  assert.match(await use(), /^No connection: .*certificate/m);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { RunnerError } from "../../src/core/error.ts";
import { parseRedisUrl, shownAddress } from "../../src/redis/address.ts";
import { commandsOf, RedisError } from "../../src/redis/client.ts";

const parse = (url: string) => parseRedisUrl(url, "store");

Deno.test("a URL says host, port, login, database and whether the connection is encrypted", () => {
  const plain = { host: "localhost", port: 6379, db: 0 };

  assert.deepEqual(parse("redis://localhost"), plain);
  assert.deepEqual(parse(" valkey://localhost:6379/0 "), plain);
  assert.deepEqual(parse("redis://user:p%40ss@10.0.0.7:7000/12"), {
    host: "10.0.0.7",
    port: 7000,
    db: 12,
    username: "user",
    password: "p@ss",
  });
  assert.deepEqual(parse("rediss://:secret@redis.example.com"), {
    host: "redis.example.com",
    port: 6379,
    db: 0,
    password: "secret",
    tls: { servername: "redis.example.com" },
  });
  assert.deepEqual(parse("valkeys://[fd00::7]:6380"), {
    host: "fd00::7",
    port: 6380,
    db: 0,
    tls: {},
  });
});

Deno.test("what is no such URL is refused, and not repeated", () => {
  const wrong = [
    "",
    "localhost",
    "localhost:6379",
    "http://:hush@localhost",
    "redis://",
    "redis:///1",
    "redis://:hush@localhost/x",
    "redis://:hush@localhost/1/2",
    "redis://:hush@localhost/99999",
    "redis://:hush@localhost:99999",
    "redis://:hush@localhost?db=1",
    "redis://:hush@localhost#1",
    "redis://:hush%@local host",
    "redis://:hush%E0%A4%A@localhost",
  ];
  for (const url of wrong) {
    assert.throws(() => parse(url), (error: unknown) => {
      assert.ok(error instanceof RunnerError, url);
      assert.equal(error.code, "bad_option");
      assert.doesNotMatch(Deno.inspect(error), /hush/);
      return true;
    });
  }
});

Deno.test("any login comes through, and is in no address that is shown", () => {
  const login = fc.string({ minLength: 3, unit: "grapheme" });
  fc.assert(fc.property(login, login, fc.nat(15), fc.boolean(), (user, secret, db, tls) => {
    const [username, password] = [`user${user}`, `pass${secret}`];
    const scheme = tls ? "rediss" : "redis";
    const encoded = [username, password].map(encodeURIComponent).join(":");

    const address = parse(`${scheme}://${encoded}@host:1/${db}`);

    assert.deepEqual([address.username, address.password, address.db], [username, password, db]);
    assert.equal(shownAddress(address), `${scheme}://host:1${db ? `/${db}` : ""}`);
  }));
});

Deno.test("an error of a client holds what it says, and neither the command nor its arguments", async () => {
  const failure = Object.assign(
    new Error("ERR unknown command 'GETDEL', with args beginning with: 'pipecat:session:token'"),
    { command: { name: "auth", args: ["hush"] }, cause: "hush" },
  );
  const clients = [
    { call: () => Promise.reject(failure) },
    { sendCommand: () => Promise.reject(failure) },
    {
      sendCommand() {
        throw failure;
      },
    },
  ];
  for (const client of clients) {
    await assert.rejects(
      commandsOf(client)("GETDEL", "pipecat:session:token"),
      (error: unknown) => {
        assert.ok(error instanceof RedisError);
        assert.equal(error.message, "ERR unknown command 'GETDEL'");
        assert.equal(error.full, false);
        assert.doesNotMatch(Deno.inspect(error), /hush|token/);
        return true;
      },
    );
  }
  assert.equal(
    new RedisError("OOM command not allowed when used memory > 'maxmemory'.").full,
    true,
  );
  assert.equal(new RedisError("x".repeat(9999)).message.length, 200);
});

/**
 * A Redis, a proxy or a client that answers what it should not, and keys that others have written.
 */
import assert from "node:assert/strict";
import { redisFleet, redisStore } from "../../src/redis/mod.ts";

type Answer = (command: readonly string[]) => unknown;

/** A client that answers so, and counts what it is asked. */
function clientThat(answer: Answer) {
  const asked: string[][] = [];
  return {
    asked,
    call(...command: string[]) {
      asked.push(command);
      return Promise.resolve(answer(command));
    },
  };
}

const KEEPING = { ttl: 1000 };
const RATE = { limit: 1, windowMs: 1000 };
const SECRET = new TextEncoder().encode("OK");

Deno.test("what is no answer of Redis' is an error, and nobody is let in or kept out by it", async () => {
  for (const wrong of [7, SECRET, ["OK"], {}, true]) {
    const client = clientThat(() => wrong);
    const { get, take, once } = redisStore(client);
    const fleet = redisFleet(client);

    for (
      const call of [
        get("a"),
        take("a"),
        once.get("a"),
        once.add("a", "", KEEPING),
        fleet.owner("a"),
        fleet.take("a", RATE),
      ]
    ) await assert.rejects(call, { name: "RedisError" }, `${wrong}`);
  }
});

Deno.test("a note that is neither there nor can be made is asked for a few times", async () => {
  const client = clientThat(() => null);

  await assert.rejects(redisStore(client).once.add("a", "", KEEPING), { name: "RedisError" });
  await assert.rejects(redisFleet(client).take("a", RATE), { name: "RedisError" });

  assert.ok(client.asked.length < 10, `${client.asked.length}`);
});

Deno.test("what somebody else has written under a key is no session, and hides no process", async () => {
  const values = ["hello", "{", "null", "5", '"a"', "[]", "{}", '{"id":1,"transport":"webrtc"}'];
  const nodes = [...values, '{"ready":true,"sessions":"1","promised":0}', '{"ready":1}'];
  const good = '{"ready":true,"sessions":1,"promised":0}';
  for (const value of values) {
    const store = redisStore(clientThat(() => value));
    assert.deepEqual([await store.get("a"), await store.take("a")], [undefined, undefined]);
  }
  const origins = [...nodes.keys(), "good"].map((name) => `http://${name}`);
  const fleet = redisFleet(
    clientThat(([name, key = ""]) =>
      name === "ZRANGE"
        ? origins
        : [...nodes, good][origins.findIndex((origin) => key.endsWith(origin))]
    ),
  );

  assert.deepEqual(await fleet.nodes(), [
    { origin: "http://good", ready: true, sessions: 1, promised: 0, maxSessions: Infinity },
  ]);
});

import assert from "node:assert/strict";
import { sessionKey, type SessionRecord } from "../../src/sessions/store.ts";
import { objectStore, SessionObject, worker } from "../../src/runtimes/workers.ts";
import type { RecordStorage } from "../../src/runtimes/workers_store.ts";

const RECORD: SessionRecord = { id: "s1", transport: "websocket", body: { user: "Zoë" } };
const MINUTE = 60_000;

/** Durable Objects in memory, with their alarms. */
function namespace() {
  const objects = new Map<unknown, { object: SessionObject; values: Map<string, unknown> }>();
  const alarms = new Map<unknown, number>();
  const asked: Request[] = [];
  const make = (id: unknown) => {
    const values = new Map<string, unknown>();
    const storage: RecordStorage = {
      get: (key) => Promise.resolve(structuredClone(values.get(key))),
      put: (key, value) => Promise.resolve(void values.set(key, structuredClone(value))),
      delete: (key) => Promise.resolve(values.delete(key)),
      deleteAll: () => Promise.resolve(values.clear()),
      setAlarm: (time) => Promise.resolve(void alarms.set(id, time)),
    };
    return { object: new SessionObject({ storage, waitUntil() {} }, bindings), values };
  };
  const bindings = {
    SESSIONS: {
      idFromName: (name: string) => name,
      get: (id: unknown) => ({
        async fetch(request: Request) {
          asked.push(request);
          if (!objects.has(id)) objects.set(id, make(id));
          return await objects.get(id)!.object.fetch(request);
        },
      }),
    },
  };
  return { bindings, objects, alarms, asked };
}

Deno.test("a record is kept, taken once, and forgotten", async () => {
  const { bindings } = namespace();
  const store = objectStore(bindings.SESSIONS);
  await store.put("one", RECORD, MINUTE);

  assert.equal(await store.get("two"), undefined);
  assert.deepEqual(await store.get("one"), RECORD);
  const taken = await Promise.all([store.take("one"), store.take("one")]);
  assert.deepEqual(taken.filter(Boolean), [RECORD]);
  assert.equal(await store.get("one"), undefined);
});

Deno.test("a record ends with its time, unless that is extended", async () => {
  const { bindings, alarms, objects } = namespace();
  const store = objectStore(bindings.SESSIONS);
  await store.put("short", RECORD, -1);
  await store.put("long", RECORD, MINUTE);
  const before = alarms.get("long")!;

  await store.extend("long", 2 * MINUTE);
  await store.extend("short", MINUTE);
  await store.extend("never", MINUTE);
  const late = await store.get("short"); // the alarm may be late
  await objects.get("short")!.object.alarm();

  assert.equal(late, undefined);
  assert.deepEqual(await store.get("long"), RECORD);
  assert.ok(alarms.get("long")! >= before + MINUTE);
  assert.equal(objects.get("short")!.values.size, 0);
  assert.equal(objects.get("never")!.values.size, 0);
});

Deno.test("requests of a session go to its object, and can give it no orders", async () => {
  const { bindings, asked } = namespace();
  const handler = worker<typeof bindings>(
    () => {},
    (env) => ({ store: objectStore(env.SESSIONS) }),
  );
  const context = { waitUntil() {} };
  const ask = (path: string, init?: RequestInit) =>
    handler.fetch(new Request(`https://bot.test${path}`, init), bindings, context);
  const started = await ask("/start", { method: "POST", body: '{"transport":"websocket"}' });
  const id = started.headers.get("x-session-id");

  const taken = await ask(`/sessions/${id}/any`, { headers: { "x-pipecat-record": "take" } });

  assert.equal(taken.status, 404);
  assert.equal((await taken.json()).code, "not_found"); // by the runner in the object: no such route
  assert.ok(asked.some(({ url }) => url === `https://bot.test/sessions/${id}/any`));
  assert.ok(await objectStore(bindings.SESSIONS).get(sessionKey(id!)));
});

Deno.test("a stream finds the object of its session by its token", async () => {
  const { bindings, asked } = namespace();
  const handler = worker<typeof bindings>(
    () => {},
    (env) => ({ store: objectStore(env.SESSIONS) }),
  );
  const ask = (path: string, init?: RequestInit) =>
    handler.fetch(new Request(`https://bot.test${path}`, init), bindings, { waitUntil() {} });
  const started = await ask("/start", { method: "POST", body: '{"transport":"twilio"}' });
  const { wsUrl } = await started.json();

  const known = await ask(new URL(wsUrl).pathname);
  const unknown = await ask("/ws/unknown");

  // Neither is a WebSocket, so both are told to be one: the first by the object, the other without.
  assert.deepEqual([known.status, unknown.status], [426, 426]);
  const forwarded = asked.filter(({ url }) => url.startsWith("https://bot.test/"));
  assert.deepEqual(forwarded.map(({ url }) => new URL(url).pathname), [new URL(wsUrl).pathname]);
});

Deno.test("a client of a Worker is known by the address that Cloudflare tells", async () => {
  const handler = worker(() => {}, () => ({ limits: { startsPerMinute: 1 } }));
  const bindings = {};
  const start = async (address: string) => {
    const init = {
      method: "POST",
      body: '{"transport":"websocket"}',
      headers: { "cf-connecting-ip": address },
    };
    const request = new Request("https://bot.test/start", init);
    return (await handler.fetch(request, bindings, { waitUntil() {} })).status;
  };

  assert.deepEqual(
    [await start("203.0.113.1"), await start("203.0.113.1"), await start("203.0.113.2")],
    [200, 429, 200],
  );
});

Deno.test("a note is made once, replaced and forgotten, and is no record", async () => {
  const { bindings } = namespace();
  const store = objectStore(bindings.SESSIONS);
  const { once } = store;

  assert.equal(await once.add("a", "first", { ttl: MINUTE }), undefined);
  assert.equal(await once.add("a", "second", { ttl: MINUTE }), "first");
  assert.equal(await store.get("a"), undefined);
  await once.set("a", "over", { ttl: MINUTE });
  assert.equal(await once.get("a"), "over");
  await once.delete("a");
  assert.equal(await once.get("a"), undefined);
});

Deno.test("a Worker that takes no uploads says so, as other hosts do", async () => {
  const { fetch } = worker(() => {});
  const request = new Request("https://bot.test/files", { method: "POST", body: "" });

  const refused = await fetch(request, {}, { waitUntil() {} });

  assert.deepEqual([refused.status, (await refused.json()).code], [503, "uploads_off"]);
});

Deno.test("a Worker below a path hands a session's requests to its object", async () => {
  const { bindings, asked } = namespace();
  const { fetch } = worker<typeof bindings>(() => {}, ({ SESSIONS }) => ({
    store: objectStore(SESSIONS),
    basePath: "/voice",
  }));
  const context = { waitUntil() {} };
  const body = JSON.stringify({ transport: "websocket" });
  const start = new Request("https://bot.test/voice/start", { method: "POST", body });
  const started = await fetch(start, bindings, context);
  const id = started.headers.get("x-session-id");
  const forwarded = () => asked.filter(({ url }) => url.includes("/sessions/")).length;

  const beside = await fetch(new Request(`https://bot.test/sessions/${id}/x`), bindings, context);
  const before = forwarded();
  await fetch(new Request(`https://bot.test/voice/sessions/${id}/x`), bindings, context);

  assert.match((await started.json()).wsUrl, /^wss:\/\/bot\.test\/voice\/ws-client\//);
  assert.deepEqual([beside.status, before, forwarded()], [404, 0, 1]);
});

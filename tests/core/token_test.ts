import assert from "node:assert/strict";
import { MemorySessionStore, sessionKey } from "../../src/sessions/store.ts";
import { issueToken, readToken, tokenOf, useToken } from "../../src/sessions/token.ts";

const RECORD = { id: "session-1", transport: "twilio", body: { a: 1 } } as const;

Deno.test("a token is good for one use within five minutes", async () => {
  let now = 0;
  const store = new MemorySessionStore({ now: () => now });
  const [used, old] = [await issueToken(store, RECORD), await issueToken(store, RECORD)];

  assert.match(used, /^[0-9a-f]{48}$/);
  assert.notEqual(used, old);
  assert.deepEqual(await readToken(store, used), RECORD);
  assert.deepEqual(await useToken(store, used), RECORD);
  assert.equal(await useToken(store, used), undefined);
  assert.equal(await readToken(store, used), undefined);
  now = 5 * 60_000;
  assert.equal(await useToken(store, old), undefined);
});

Deno.test("of two sockets that bring a token, one gets in", async () => {
  const store = new MemorySessionStore();
  const token = await issueToken(store, RECORD);
  const records = await Promise.all([useToken(store, token), useToken(store, token)]);

  assert.deepEqual(records, [RECORD, undefined]);
});

Deno.test("a store without room costs a call its return, and not the call", async () => {
  const store = new MemorySessionStore({ maxRecords: 1 });
  const token = await issueToken(store, RECORD);
  const used = useToken(store, token, { returns: true });
  await store.put("other", RECORD, 1000); // before the token's second life is stored

  assert.deepEqual(await used, RECORD);
  assert.equal(await useToken(store, token), undefined);
});

Deno.test("a token that returns is good for two", async () => {
  const store = new MemorySessionStore();
  const token = await issueToken(store, RECORD);
  const uses = [1, 2, 3].map(() => useToken(store, token, { returns: true }));

  assert.deepEqual(await Promise.all(uses), [RECORD, RECORD, undefined]);
});

Deno.test("the id of a session is no token, and a token no session", async () => {
  const store = new MemorySessionStore();
  await store.put(sessionKey(RECORD.id), RECORD, 1000);
  const token = await issueToken(store, RECORD);

  assert.equal(await readToken(store, RECORD.id), undefined);
  assert.equal(await readToken(store, sessionKey(RECORD.id)), undefined);
  for (const id of [token, `token:${token}`, `token-again:${token}`]) {
    assert.equal(await store.get(sessionKey(id)), undefined);
  }
});

Deno.test("a token comes in a header, a query or a path", () => {
  const request = (path: string, authorization?: string) =>
    new Request(`https://bot.test${path}`, { headers: authorization ? { authorization } : {} });

  assert.equal(tokenOf(request("/ws?token=query", "Bearer header"), "path"), "header");
  assert.equal(tokenOf(request("/ws?token=query", "Basic abc"), "path"), "query");
  assert.equal(tokenOf(request("/ws/path"), "path"), "path");
  assert.equal(tokenOf(request("/ws/path", "Bearer a.carrier's.jwt"), "path"), "path");
  assert.equal(tokenOf(request("/ws")), undefined);
});

/**
 * What every store of sessions does that several processes share, whatever it is kept in.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { OnceStore } from "../../src/sessions/once.ts";
import type { SessionRecord, SessionStore } from "../../src/sessions/store.ts";

/** A store that several processes share, in a test. */
export interface SharedStore extends AsyncDisposable {
  /** The store as another process has it. */
  join(): SessionStore & { readonly once: OnceStore };
  /** Lets time pass, in ms. */
  pass(ms: number): Promise<void> | void;
}

/** How a store under test is made. */
export interface StoreSetup {
  /** As of a `MemorySessionStore`; absent where a test does not care. */
  readonly maxRecords?: number;
}

const RECORD: SessionRecord = {
  id: "s1",
  transport: "websocket",
  body: { user: "Zoë 🎈", list: [1, null, "\u0000"] },
};
const MINUTE = 60_000;

/**
 * Adds the tests of a store.
 *
 * @param name What it is kept in, such as "Redis".
 * @param share Makes an empty store.
 * @param options.capped Whether it counts what it holds.
 */
export function testStore(
  name: string,
  share: (setup: StoreSetup) => Promise<SharedStore> | SharedStore,
  { capped = true }: { readonly capped?: boolean } = {},
): void {
  const test = (
    behaviour: string,
    run: (shared: SharedStore) => Promise<void>,
    setup: StoreSetup = {},
  ) =>
    Deno.test(`${name}: ${behaviour}`, async () => {
      await using shared = await share(setup);
      await run(shared);
    });

  test("a record is the same for every process, and of many that take it one gets it", async ({ join }) => {
    await join().put("session:one", RECORD, MINUTE);
    await join().put("session:two", { ...RECORD, id: "s2" }, MINUTE);
    await join().put("session:two", { ...RECORD, id: "s3" }, MINUTE);

    assert.deepEqual(await join().get("session:one"), RECORD);
    assert.equal((await join().get("session:two"))?.id, "s3");
    assert.equal(await join().get("session:three"), undefined);
    const taken = await Promise.all(Array.from({ length: 9 }, () => join().take("session:one")));
    assert.deepEqual(taken.filter(Boolean), [RECORD]);
    assert.equal(await join().get("session:one"), undefined);
    assert.equal(await join().take("session:three"), undefined);
  });

  test("a record ends with its time, unless that is extended", async ({ join, pass }) => {
    const store = join();
    await store.put("short", RECORD, 1000);
    await store.put("long", RECORD, 1000);

    await pass(900);
    await store.extend("long", MINUTE);
    await store.extend("none", MINUTE);
    await pass(200);
    await store.extend("short", MINUTE);

    assert.equal(await store.get("short"), undefined);
    assert.equal(await store.take("short"), undefined);
    assert.deepEqual(await store.get("long"), RECORD);
    assert.equal(await store.get("none"), undefined);
  });

  test("of many that make a note one does, and the others get it", async ({ join, pass }) => {
    const known = await Promise.all(
      Array.from({ length: 9 }, (_, i) => join().once.add("call", `${i}`, { ttl: 1000 })),
    );
    const note = await join().once.get("call");

    assert.equal(known.filter((other) => other === undefined).length, 1);
    assert.equal(known.filter((other) => other === note).length, 8);
    await join().once.set("call", "over", { ttl: 1000 });
    assert.equal(await join().once.add("call", "again", { ttl: 1000 }), "over");
    await pass(1100);
    assert.equal(await join().once.get("call"), undefined);
    assert.equal(await join().once.add("call", "", { ttl: MINUTE }), undefined);
    assert.equal(await join().once.add("call", "x", { ttl: MINUTE }), "", "an empty note is one");
    await join().once.delete("call");
    assert.equal(await join().once.get("call"), undefined);
  });

  test("a note and a record with the same key are apart", async ({ join }) => {
    const store = join();
    await store.put("same", RECORD, MINUTE);
    await store.once.add("same", "note", { ttl: MINUTE });

    await store.once.delete("same");

    assert.deepEqual(await store.get("same"), RECORD);
  });

  if (!capped) return;
  test(
    "a flood fills its own share, and what has ended or was taken makes room",
    async ({ join, pass }) => {
      const call = { ...RECORD, call: { callId: "CA1", from: "1", to: "2" } };
      const put = (key: string, record = RECORD, ttl = MINUTE) =>
        join().put(key, record, ttl).then(() => "", ({ code, status }) => `${code} ${status}`);

      const flood = await Promise.all(Array.from({ length: 9 }, (_, i) => put(`flood ${i}`)));
      const kept = [...flood.keys()].filter((i) => flood[i] === "").map((i) => `flood ${i}`);
      const [one, other, third] = kept as [string, string, string];

      assert.equal(kept.length, 3);
      assert.deepEqual(new Set(flood), new Set(["", "store_full 503"]));
      assert.equal(await put(one), "", "one in the place of another with its key");
      assert.deepEqual([await put("call", call, 1000), await put("call 2", call)], ["", ""]);
      await Promise.all([join().take(one), join().take(one), join().take("none")]);
      assert.equal(await put("short", RECORD, 1000), "");
      assert.equal(await put("more"), "store_full 503", "one was taken, and one has come");
      await join().extend("short", 1500);
      await pass(1100);
      assert.equal(await put("more"), "store_full 503", "it lives on, and so it counts");
      await join().extend(other, 2 * MINUTE);
      await pass(500);
      assert.equal(await put("more"), "");
      await pass(MINUTE);
      assert.ok(await join().get(other));
      assert.equal(await join().get(third), undefined);
      assert.deepEqual([await put("a"), await put("b"), await put("c")], [
        "",
        "",
        "store_full 503",
      ]);
      assert.deepEqual([await put("call 3", call), await put("call 4", call)], ["", ""]);
    },
    { maxRecords: 3 },
  );
}

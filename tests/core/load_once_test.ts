import assert from "node:assert/strict";
import { loadOnce, whenCalled } from "../../src/core/load_once.ts";

Deno.test("what was loaded is kept, and a failure is not", async () => {
  let calls = 0;
  const load = loadOnce(() =>
    ++calls === 1 ? Promise.reject(new Error("offline")) : Promise.resolve(calls)
  );

  await assert.rejects(load(), /offline/);
  assert.deepEqual(await Promise.all([load(), load()]), [2, 2]);
  assert.equal(await load(), 2);
});

Deno.test("what a function needs is loaded with its first call, and once for all", async () => {
  let loads = 0;
  const add = whenCalled(() => {
    loads++;
    return Promise.resolve((one: number, other: number) => one + other);
  });
  assert.equal(loads, 0);

  assert.deepEqual(await Promise.all([add(1, 2), add(3, 4)]), [3, 7]);
  assert.equal(loads, 1);
});

import assert from "node:assert/strict";
import { loadOnce } from "../../src/core/load_once.ts";

Deno.test("what was loaded is kept, and a failure is not", async () => {
  let calls = 0;
  const load = loadOnce(() =>
    ++calls === 1 ? Promise.reject(new Error("offline")) : Promise.resolve(calls)
  );

  await assert.rejects(load(), /offline/);
  assert.deepEqual(await Promise.all([load(), load()]), [2, 2]);
  assert.equal(await load(), 2);
});

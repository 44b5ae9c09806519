/** Every brain, as it stands, with somebody on the phone and a stand-in for its vendor. */
import assert from "node:assert/strict";
import { converseWithAll } from "./all_brains.ts";
import { serveVendors, setKeys } from "./brains.ts";
import { phone } from "./talker.ts";

Deno.test("each brain asks its tool, is interrupted, and its model is told what was heard, by phone", async () => {
  await converseWithAll(phone);
});

Deno.test("without a key each brain says in one line which one it wants", async () => {
  await using vendors = serveVendors();
  setKeys([]);
  for (const { file, keys } of vendors.brains) {
    await assert.rejects(import(`${file}?without`), (error: Error) => {
      assert.match(error.message, /^Set .*_API_KEY.*\.$/);
      return keys.some((name) => error.message.includes(name));
    });
  }
});

Deno.test("no brain has sixty lines, nor does what it needs", async () => {
  for await (const { name } of Deno.readDir("examples/brains")) {
    const text = await Deno.readTextFile(`examples/brains/${name}`);
    assert.ok(text.split("\n").length <= 60, name);
  }
});

/** Every brain, as it stands, with somebody in Chromium and a stand-in for its vendor: three at once, which wants a machine to itself. */
import { converseWithAll } from "../brains/all_brains.ts";
import { browser } from "../browser/talker.ts";

Deno.test("each brain asks its tool, is interrupted, and its model is told what was heard, in Chromium", async () => {
  await converseWithAll(browser);
});

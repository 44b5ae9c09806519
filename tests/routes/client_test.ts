import assert from "node:assert/strict";
import type { ClientAssets } from "../../src/http/client.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";

const html = "<!doctype html><title>Ours</title>";
const stream = new Blob([html]).stream().pipeThrough(new CompressionStream("gzip"));
const gzip = new Uint8Array(await new Response(stream).arrayBuffer());
const assets: ClientAssets = { "index.html": { type: "text/html", gzip, immutable: false } };

function get(path: string, client: NonNullable<RunnerOptions["client"]>, encoding = "") {
  const headers = { "accept-encoding": encoding };
  return createRunner(() => {}, { client }).fetch(
    new Request(`http://bot.test${path}`, { headers }),
  );
}

for (const client of [assets, () => Promise.resolve(assets)]) {
  Deno.test(`a page of one's own is served, given as ${typeof client}`, async () => {
    const page = await get("/client/", client);
    const front = await get("/", client);

    assert.equal(await page.text(), html);
    assert.deepEqual([front.status, front.headers.get("location")], [302, "/client/"]);
  });
}

Deno.test("a client that takes gzip gets the bytes as they are", async () => {
  const page = await get("/client/", assets, "gzip, br");

  assert.equal(page.headers.get("content-encoding"), "gzip");
  assert.deepEqual(new Uint8Array(await page.arrayBuffer()), gzip);
});

Deno.test("the page can be turned off", async () => {
  assert.equal((await get("/client/", false)).status, 404);
  assert.equal((await get("/", false)).status, 404);
});

import assert from "node:assert/strict";
import { hashSources, packModule } from "../../client/pack.ts";
import { assets } from "../../src/client/assets.ts";

const MODULE = new URL("../../src/client/assets.ts", import.meta.url);

Deno.test("the page in the repository was built from the sources in the repository", async () => {
  const text = await Deno.readTextFile(MODULE);

  const [, built] = /Built from sources with SHA-256 (\w+)/.exec(text) ?? [];

  const advice = "client/ has changed since the page was built: run `deno task client:build`.";
  assert.equal(built, await hashSources(), advice);
});

Deno.test("the same files give the same module", () => {
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'self'">`;
  const html = new TextEncoder().encode(`<!doctype html>${policy}`);
  const script = new TextEncoder().encode("start();");

  const one = packModule(
    new Map([
      ["index.html", html],
      ["assets/a-12345678.js", script],
    ]),
    "0",
  );
  const other = packModule(
    new Map([
      ["assets/a-12345678.js", script],
      ["index.html", html],
    ]),
    "0",
  );

  assert.equal(one, other);
  assert.match(
    one,
    /"assets\/a-12345678.js": file\("text\/javascript; charset=utf-8", true,/,
  );
  assert.match(one, /"index.html": file\("text\/html; charset=utf-8", false,/);
  assert.match(one, /"default-src 'self'"\)/, "the policy is sent as a header, too");
  assert.throws(
    () => packModule(new Map([["a.exe", script]]), "0"),
    /No content type/,
  );
});

Deno.test("the page is small, and names no other host", async () => {
  const page = assets["index.html"]?.gzip ?? new Uint8Array();
  const html = await unpack(page);
  const first = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => path ?? "");

  const bytes = first.reduce((sum, path) => sum + (assets[path]?.gzip.length ?? 0), page.length);
  const all = Object.values(assets).reduce((sum, { gzip }) => sum + gzip.length, 0);

  console.log({ first, bytes, all });
  assert.ok(first.length >= 2, "a script and a style");
  assert.ok(bytes < 150_000, `${bytes} bytes to begin with`);
  assert.ok(
    all < 600_000,
    `${all} bytes in all: Daily's 80 000, LiveKit's 150 000, those of a saved call 107 000`,
  );
  assert.deepEqual(html.match(/(?:src|href)="(?:https?:)?\/\//g), null);
});

Deno.test("the lockfile of the page names no registry", async () => {
  const lock = await Deno.readTextFile(
    new URL("../../client/package-lock.json", import.meta.url),
  );

  assert.doesNotMatch(lock, /"resolved"/);
});

async function unpack(gzip: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Blob([gzip]).stream().pipeThrough(
    new DecompressionStream("gzip"),
  );
  return await new Response(stream).text();
}

/**
 * Which pages may use a runner that listens on this machine, in a real browser.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { fileFolder, serve, type ServeOptions } from "../../../src/runtimes/deno.ts";
import { bundle } from "../bundle.ts";
import { launchChromium } from "../chromium.ts";
import { melodyWav } from "../known_audio.ts";
import { listeningBot } from "../listening_bot.ts";

/** Names that the browser believes to be 127.0.0.1. */
const HOSTS = ["localhost", "evil.example", "rebound.example"];
const NOTHING = "Nothing that a page without permission gets";

/** A runner with a folder, a server of pages under any name, and a browser. */
async function place(options: ServeOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.writeTextFile(join(folder, "a.txt"), "a recording");
  await Deno.writeTextFile(join(folder, ".env"), "KEY=secret");
  const { bot, calls } = listeningBot();
  const server = stack.use(
    await serve(bot, {
      hostname: "127.0.0.1",
      port: 0,
      environment: {},
      webrtc: { answer: () => Promise.reject(new Error("no WebRTC")) },
      files: fileFolder(folder),
      ...options,
    }),
  );
  const pages = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }),
  );
  stack.defer(() => pages.shutdown());
  const browser = stack.use(await launchChromium(melodyWav(1), HOSTS));
  const all = stack.move();
  return {
    server,
    calls,
    pageOf: async (host: string) => (await browser.open(`http://${host}:${pages.addr.port}/`)).page,
    open: async (url: string) => (await browser.open(url)).page,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** What a page gets of a runner: the status of each answer that it can read, or nothing. */
async function loot(page: Page, base: string): Promise<Record<string, number | string>> {
  return await page.evaluate(async ({ base, NOTHING }) => {
    const ask = (path: string, init?: RequestInit) =>
      fetch(base + path, init).then(
        ({ status }) => status === 403 ? NOTHING : status,
        () => NOTHING,
      );
    const open = (path: string) =>
      new Promise<number | string>((resolve) => {
        const socket = new WebSocket(base.replace("http", "ws") + path);
        socket.onopen = () => {
          socket.close();
          resolve("open");
        };
        socket.onerror = () => resolve(NOTHING);
      });
    const start = { method: "POST", body: '{"transport":"websocket"}' };
    // What needs no permission to be read is sent all the same; whether it did something is seen
    // in the runner.
    await fetch(`${base}/start`, { ...start, mode: "no-cors" }).catch(() => {});
    await fetch(`${base}/twilio?CallSid=CA1`, { mode: "no-cors" }).catch(() => {});
    return {
      status: await ask("/status"),
      start: await ask("/start", start),
      file: await ask("/files/a.txt"),
      page: await ask("/client/"),
      socket: await open("/ws-client"),
    };
  }, { base, NOTHING });
}

const REFUSED = { status: NOTHING, start: NOTHING, file: NOTHING, page: NOTHING, socket: NOTHING };

Deno.test("a page of another origin gets nothing of a runner, and begins nothing", async () => {
  await using here = await place();
  const page = await here.pageOf("evil.example");

  const got = await loot(page, here.server.url);

  assert.deepEqual(got, REFUSED);
  assert.equal(here.server.runner.sessions.load.promised, 0);
  assert.equal(here.calls.length, 0);
});

Deno.test("a page that points its own name at this machine gets nothing either", async () => {
  for (const options of [{}, { allowedOrigins: ["https://app.example.com"] }]) {
    await using here = await place(options);
    const { port } = new URL(here.server.url);
    const rebound = `http://rebound.example:${port}`;

    const page = await here.open(`${rebound}/client/`); // by now the name leads here
    const got = await loot(page, rebound);

    assert.match(await page.locator("body").innerText(), /--allowed-hosts rebound\.example/);
    assert.deepEqual(got, REFUSED);
    assert.equal(here.server.runner.sessions.load.promised, 0);
  }
});

Deno.test("the runner's own page, a page on localhost and an allowed one are served", async () => {
  await using here = await place();
  const { url } = here.server;
  const own = await here.open(`${url}/client/`);
  const local = await here.pageOf("localhost");
  const all = { status: 200, start: 200, file: 200, page: 200, socket: "open" };

  assert.deepEqual(await loot(own, url), all);
  await own.getByRole("button", { name: "Connect" }).waitFor();
  // A page on localhost may do all but read files, which are shared with no other origin.
  assert.deepEqual(await loot(local, url), { ...all, file: NOTHING });
  const secret = await own.evaluate(async () => (await fetch("/files/.env")).status);
  assert.equal(secret, 404);

  const evil = await here.pageOf("evil.example");
  await using friendly = await place({ allowedOrigins: [new URL(evil.url()).origin] });
  assert.deepEqual(await loot(evil, friendly.server.url), { ...all, file: NOTHING });
});

Deno.test("client-js on localhost talks to a bot with no option set", async () => {
  await using here = await place();
  const page = await here.pageOf("localhost");
  await page.evaluate(await bundle("websocket_page.ts"));

  const endpoint = JSON.stringify(`${here.server.url}/start`);
  const requestData = JSON.stringify({ transport: "websocket", body: { user: "u1" } });
  const ready = await page.evaluate(
    `client.startBotAndConnect({ endpoint: ${endpoint}, requestData: ${requestData} })`,
  );

  assert.ok(ready);
  assert.deepEqual(here.calls[0]?.body, { user: "u1" });
  await page.evaluate(`client.disconnect()`);
});

Deno.test("the page is shown in no frame of another origin, and Daily's frame in the page", async () => {
  await using here = await place();
  const evil = await here.pageOf("localhost");
  const address = JSON.stringify(`${here.server.url}/client/`);
  await evil.evaluate(`new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = ${address};
    frame.onload = resolve;
    document.body.append(frame);
  })`);
  const [, frame] = evil.frames();
  assert.doesNotMatch(await frame?.content() ?? "", /Pipecat runner/);

  const response = await fetch(`${here.server.url}/client/daily.html`);
  await response.body?.cancel();
  assert.match(
    response.headers.get("content-security-policy") ?? "",
    /c\.daily\.co.*frame-ancestors 'self'/,
  );
});

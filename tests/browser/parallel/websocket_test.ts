import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Bot } from "../../../src/core/bot.ts";
import type { RunnerOptions } from "../../../src/runner.ts";
import { type RunnerServer, serve } from "../../../src/runtimes/deno.ts";
import { bundle } from "../bundle.ts";
import { launchChromium } from "../chromium.ts";
import { untilIdle } from "../idle.ts";
import { assertMelody, listenFor, melodyWav } from "../known_audio.ts";
import { listeningBot } from "../listening_bot.ts";

const SEED = 11;

/** A page with Pipecat's own transport for plain WebSockets, and the server that it talks to. */
interface WebSocketPage extends AsyncDisposable {
  readonly server: RunnerServer;
  readonly page: Page;
  /** Calls `startBotAndConnect` and resolves with what `bot-ready` said. */
  connect(body?: unknown): Promise<{ readonly version: string }>;
}

async function openPage(
  bot: Bot,
  options: RunnerOptions = {},
): Promise<WebSocketPage> {
  await using stack = new AsyncDisposableStack();
  const webrtc = { answer: () => Promise.reject(new Error("no WebRTC")) };
  const server = stack.use(
    await serve(bot, { hostname: "127.0.0.1", port: 0, webrtc, ...options }),
  );
  server.runner.app.get(
    "/sdk/",
    (c) => c.html("<!doctype html><title>SDK</title>"),
  );
  const browser = stack.use(await launchChromium(melodyWav(SEED)));
  const { page } = await browser.open(`${server.url}/sdk/`);
  await page.evaluate(await bundle("websocket_page.ts"));
  const all = stack.move();
  return {
    server,
    page,
    connect: (body = {}) => {
      const requestData = JSON.stringify({ transport: "websocket", body });
      return page.evaluate(
        `events.length = 0; client.startBotAndConnect({ endpoint: "/start", requestData: ${requestData} })`,
      );
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

for (const wsAuth of [false, "token"] as const) {
  Deno.test(
    `the websocket transport connects with ${wsAuth || "no"} auth, and both hear each other`,
    async () => {
      const { bot, calls, record } = listeningBot();
      await using call = await openPage(bot, { wsAuth });

      const ready = await call.connect({ user: "u1" });
      await call.page.evaluate(`waitFor("playing")`);
      const [heard, played] = await Promise.all([
        listenFor(SEED, record),
        listenFor(SEED, (milliseconds) => call.page.evaluate(`record(${milliseconds})`)),
      ]);

      assert.equal(ready.version, "2.2.0");
      assert.deepEqual(calls[0]?.body, { user: "u1" });
      assertMelody(heard, "heard");
      assertMelody(played, "played");
      assert.deepEqual(
        await call.page.evaluate(
          `events.filter(({ name }) => name === "error")`,
        ),
        [],
      );
    },
  );
}

Deno.test("RTVI goes both ways, and the session ends with the client", async () => {
  const listening = listeningBot();
  await using call = await openPage(listening.bot);
  await call.connect();

  const response = await call.page.evaluate(
    `client.sendClientRequest("ask", { a: [1, "ü"] }, 5000)`,
  );
  listening.transport.rtvi.send("server-message", { n: 1 });
  const served = await call.page.evaluate(`waitFor("serverMessage")`);
  await call.page.evaluate(`client.disconnect()`);
  await untilIdle(call.server.runner, 2000);

  assert.deepEqual(response, { heard: { a: [1, "ü"] } });
  assert.deepEqual(served, { n: 1 });
  assert.ok(listening.calls[0]?.signal.aborted);
});

Deno.test("a client connects again with a new start", async () => {
  const { bot, calls } = listeningBot();
  await using call = await openPage(bot, { wsAuth: "token" });
  await call.connect({ n: 1 });
  await call.page.evaluate(`client.disconnect()`);

  await call.connect({ n: 2 });

  assert.deepEqual(
    calls.map(({ body }) => body),
    [{ n: 1 }, { n: 2 }],
  );
});

Deno.test("a bot that fails is a fatal error for the client", async () => {
  await using call = await openPage(() => Promise.reject(new Error("no model")));

  void call.connect().catch(() => {});
  const error = await call.page.evaluate(`waitFor("error")`);

  assert.deepEqual(error, {
    error: "The bot failed; see the runner's log.",
    message: "The bot failed; see the runner's log.",
    fatal: true,
  });
});

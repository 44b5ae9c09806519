import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Bot } from "../../../src/core/bot.ts";
import { createTransport } from "../../../src/transports/create.ts";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { bundle } from "../bundle.ts";
import { launchChromium, type TestBrowser } from "../chromium.ts";
import { assertMelody, listenFor, loudness, melodyWav } from "../known_audio.ts";
import { listeningBot } from "../listening_bot.ts";
import { untilIdle } from "../idle.ts";
import { listen, type TestServer } from "../server.ts";

const SEED = 11;

Deno.test("the SDK and the bot hear each other's audio, and the bot gets the body", async () => {
  const { bot, calls, record } = listeningBot();
  await using call = await sdkPage(bot);

  await call.connect({ user: "u1" });
  await call.eval(`waitFor("playing")`);
  const [heard, played] = await Promise.all([
    listenFor(SEED, record),
    listenFor(SEED, call.record),
  ]);

  assertMelody(heard, "heard");
  assertMelody(played, "played");
  assert.deepEqual(calls[0]?.body, { user: "u1" });
  const started = (await call.eval(`waitFor("botStarted")`)) as {
    sessionId: string;
  };
  assert.equal(calls[0]?.sessionId, started.sessionId);
});

Deno.test("RTVI messages go both ways", async () => {
  const listening = listeningBot();
  await using call = await sdkPage(listening.bot);

  const ready = await call.connect();
  const response = await call.eval(
    `client.sendClientRequest("ask", { a: [1, "ü"] }, 5000)`,
  );
  const refused = await call.eval(
    `client.sendClientRequest("unknown", {}, 5000).then(() => "no", ({ data }) => data.error)`,
  );
  await call.eval(`client.sendText("hello")`);
  const output = await call.eval(`waitFor("botOutput")`);
  listening.transport.rtvi.send("server-message", { n: 1 });
  const served = await call.eval(`waitFor("serverMessage")`);

  assert.equal((ready as { version: string }).version, "2.2.0");
  assert.deepEqual(response, { heard: { a: [1, "ü"] } });
  assert.equal(refused, "I do not know that.");
  assert.deepEqual(output, {
    text: "You wrote: hello",
    output_type: "sentence",
    text_type: "sentence",
    aggregated_by: "sentence",
    spoken: false,
  });
  assert.deepEqual(served, { n: 1 });
});

Deno.test("a muted microphone is silent for the bot, and can be heard again", async () => {
  const { bot, hear } = listeningBot();
  await using call = await sdkPage(bot);
  await call.connect();

  const before = loudness(await hear(1000));
  await call.eval(`client.enableMic(false)`);
  await hear(1000); // what was on its way
  const muted = loudness(await hear(1000));
  await call.eval(`client.enableMic(true)`);
  await hear(500);
  const after = loudness(await hear(1000));

  console.log({ before, muted, after });
  assert.ok(before > 300 && after > 300);
  assert.ok(muted < 5);
});

Deno.test("disconnecting ends the session, and connecting again begins another", async () => {
  const { bot, calls, hear } = listeningBot();
  await using call = await sdkPage(bot);

  await call.connect();
  await call.eval(`client.disconnect()`);
  const seconds = await call.untilIdle(4000);
  await call.connect();
  const loud = loudness(await hear(1000));

  console.log({ secondsToEnd: seconds });
  assert.equal(calls.length, 2);
  assert.notEqual(calls[0]?.sessionId, calls[1]?.sessionId);
  assert.ok(loud > 300);
});

Deno.test("a page that is closed without a word ends its session", async () => {
  const { bot, hear } = listeningBot();
  await using call = await sdkPage(bot);
  await call.connect();
  await hear(2000); // the SDK sends its first ping after 1 s

  await call.page.close();

  console.log({ secondsToEnd: await call.untilIdle(8000) });
});

Deno.test("a bot that throws at once tells the client, and the connection ends", async () => {
  await using call = await sdkPage(() => {
    throw new Error("broken on purpose");
  });

  const connecting = call.eval(
    `void client.startBotAndConnect(${startRequest()}).catch(() => {})`,
  );

  await connecting;
  const error = (await call.eval(`waitFor("error")`)) as {
    message: string;
    fatal: boolean;
  };
  await call.eval(`waitFor("disconnected")`);
  assert.equal(error.fatal, true);
  assert.match(error.message, /bot failed/);
  assert.equal(await call.eval(`client.state`), "disconnected");
  await call.untilIdle(5000);
});

Deno.test(
  "a bot that throws during the call tells the client, and the connection ends",
  async () => {
    const { promise: now, resolve: fail } = Promise.withResolvers<void>();
    await using call = await sdkPage(async (args) => {
      await using transport = await createTransport(args);
      await transport.rtvi.clientReady;
      await now;
      throw new Error("broken on purpose");
    });
    await call.connect();

    fail();

    const error = (await call.eval(`waitFor("error")`)) as { fatal: boolean };
    await call.eval(`waitFor("disconnected")`);
    assert.equal(error.fatal, true);
    await call.untilIdle(5000);
  },
);

Deno.test("a bot that returns ends the call for the client", async () => {
  await using call = await sdkPage(async (args) => {
    await using transport = await createTransport(args);
    await transport.rtvi.clientReady;
  });

  await call.eval(
    `void client.startBotAndConnect(${startRequest()}).catch(() => {})`,
  );

  await call.eval(`waitFor("botDisconnected")`);
  await call.eval(`waitFor("disconnected")`);
  await call.untilIdle(5000);
});

Deno.test("twenty connections in a row leave nothing behind", async () => {
  const { bot, calls } = listeningBot();
  await using call = await sdkPage(bot);
  const memory: number[] = [];

  for (let i = 0; i < 20; i++) {
    await call.connect();
    await call.eval(`client.disconnect()`);
    await call.untilIdle(4000);
    memory.push(Math.round(Deno.memoryUsage().rss / 1_000_000));
  }

  console.log(`RSS in MB, the test driver included: ${memory.join(" ")}`);
  assert.equal(calls.length, 20);
  assert.equal(new Set(calls.map(({ sessionId }) => sessionId)).size, 20);
  assert.equal(call.server.runner.sessions.size, 0);
  // Timers, sockets and the like are counted by the test runner.
});

Deno.test("the SDK brings the start token, from a page of another origin too", async () => {
  const startToken = "pk_8e2d0c4f6a1b3975";
  const { bot, calls } = listeningBot();
  await using target = listen(bot, { webrtc: weriftPeers(), startToken });
  await using call = await sdkPage(() => {}); // a page on another port
  const startWith = async (token: string) =>
    await call.eval(`client.startBot({
      endpoint: "${target.url}/start",
      headers: new Headers({ Authorization: "Bearer ${token}" }),
      requestData: { transport: "webrtc", body: {} },
    }).then((answer) => client.connect(answer)).then(() => "connected", ({ message }) => message)`);

  const refused = await startWith("pk_wrong");
  const accepted = await startWith(startToken);

  assert.match(String(refused), /start token is wrong/);
  assert.equal(accepted, "connected");
  assert.equal(calls.length, 1);
  await call.eval(`client.disconnect()`);
  await untilIdle(target.runner, 5000);
});

interface SdkPage extends AsyncDisposable {
  readonly page: Page;
  readonly server: TestServer;
  /** Runs a script in the page. */
  eval(script: string): Promise<unknown>;
  /** Starts a bot and connects to it, with a body; resolves with what `bot-ready` says. */
  connect(body?: unknown): Promise<unknown>;
  /** Records what the page plays. */
  record(
    milliseconds: number,
  ): Promise<{ sampleRate: number; samples: number[] }>;
  /** Waits until no session runs; resolves with the seconds that took. */
  untilIdle(milliseconds: number): Promise<number>;
}

function startRequest(body: unknown = {}): string {
  return `{ endpoint: "/start", requestData: ${JSON.stringify({ transport: "webrtc", body })} }`;
}

async function sdkPage(bot: Bot): Promise<SdkPage> {
  const server = listen(bot, { webrtc: weriftPeers() });
  server.runner.app.get(
    "/sdk/",
    (c) => c.html("<!doctype html><title>SDK</title>"),
  );
  let browser: TestBrowser | undefined;
  try {
    browser = await launchChromium(melodyWav(SEED));
    const { page } = await browser.open(`${server.url}/sdk/`);
    await page.evaluate(await bundle("sdk_page.ts"));
    return inPage(page, server, browser);
  } catch (error) {
    await browser?.[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

function inPage(page: Page, server: TestServer, browser: TestBrowser): SdkPage {
  return {
    page,
    server,
    eval: (script) => page.evaluate(script),
    connect: (body) =>
      page.evaluate(
        `events.length = 0; client.startBotAndConnect(${startRequest(body)})`,
      ),
    record: (milliseconds) => page.evaluate(`record(${milliseconds})`),
    untilIdle: (milliseconds) => untilIdle(server.runner, milliseconds),
    async [Symbol.asyncDispose]() {
      // Calls end at once while there is somebody at the other end.
      await server.runner.close();
      await browser[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

import assert from "node:assert/strict";
import { createTransport } from "../../src/transports/create.ts";
import { weriftPeers } from "../../src/webrtc/werift.ts";
import type { Look } from "./chromium.ts";
import { clientPage, SEED } from "./client_page.ts";
import { untilIdle } from "./idle.ts";
import { loudness, MELODY_MS, recognise } from "./known_audio.ts";
import { HEARD_RATE, listeningBot } from "./listening_bot.ts";

const OTHER_SEED = 22;
const PHONE: Look = { size: { width: 390, height: 844 }, touch: true };

Deno.test("a call on the page: hear, be heard, type, mute, hang up, call again", async () => {
  const { bot, calls, hear } = listeningBot();
  await using client = await clientPage(bot);
  const { page } = client;

  await client.connect();
  await page
    .locator(".session dd")
    .getByText(calls[0]?.sessionId ?? "no call")
    .waitFor();
  const [heard, played] = await Promise.all([
    hear(2.1 * MELODY_MS),
    client.record(2.1 * MELODY_MS),
  ]);
  const scores = {
    heard: recognise(heard, HEARD_RATE, SEED),
    played: recognise(played.samples, played.sampleRate, SEED),
    otherPlayed: recognise(played.samples, played.sampleRate, OTHER_SEED),
  };
  console.log(scores);
  assert.ok(scores.heard > 0.8 && scores.played > 0.8, "the same melody");
  assert.ok(scores.otherPlayed < 0.5, "no other melody");
  assert.ok(
    (await client.level("You")) > 0.1 && (await client.level("Bot")) > 0.1,
    "meters move",
  );

  await page.getByLabel("Text for the bot").fill("good morning");
  await page.keyboard.press("Enter");
  await page.getByText("You wrote: good morning", { exact: true }).waitFor();
  const types = await page.locator(".messages .type").allTextContents();
  assert.deepEqual(types, [
    "client-ready",
    "bot-ready",
    "send-text",
    "bot-output",
  ]);

  await page.getByRole("button", { name: "Mute" }).click();
  await page.getByText("You are muted.").waitFor();
  await hear(1000); // what was on its way
  assert.ok(loudness(await hear(500)) < 5, "muted");
  await page.getByRole("button", { name: "Unmute" }).click();
  await hear(500);
  assert.ok(loudness(await hear(MELODY_MS)) > 300, "unmuted");

  await page.getByRole("button", { name: "Disconnect" }).click();
  await client.says("You ended the call.");
  await untilIdle(client.server.runner, 4000);
  await client.connect();
  assert.equal(calls.length, 2);

  assert.deepEqual(
    [...client.origins],
    [client.server.url],
    "no request leaves the origin",
  );
  assert.deepEqual(client.requests.filter((url) => /daily/.test(url)), []);
  assert.deepEqual(client.errors, []);
});

Deno.test("the whole call works by keyboard", async () => {
  const { bot } = listeningBot();
  await using client = await clientPage(bot);
  const { keyboard } = client.page;
  /** Presses Tab until the focus is on what has this name. */
  async function tabTo(name: string): Promise<void> {
    for (let i = 0; i < 30; i++) {
      await keyboard.press("Tab");
      const focused = await client.page.evaluate(
        `document.activeElement.ariaLabel || document.activeElement.textContent.trim()`,
      );
      if (String(focused).startsWith(name)) return;
    }
    throw new Error(`Tab does not lead to ${name}.`);
  }

  await tabTo("Connect");
  await keyboard.press("Enter");
  await client.says("The bot is ready. Say something.");
  await tabTo("Mute");
  await keyboard.press("Space");
  await client.says("The bot is ready. You are muted.");
  await tabTo("Text for the bot");
  await keyboard.type("hello");
  await keyboard.press("Enter");
  await client.page.getByText("You wrote: hello", { exact: true }).waitFor();
  await tabTo("Messages");
  await keyboard.press("ArrowRight");

  await client.page.getByRole("tabpanel", { name: "Latency" }).waitFor();
});

Deno.test(
  "nothing moves during a call, and nothing is wider than the screen",
  async () => {
    for (const look of [{}, PHONE]) {
      const { bot } = listeningBot();
      await using client = await clientPage(bot, { look });
      const places = async () => {
        const boxes = [
          "header",
          ".main",
          ".mute",
          ".device",
          ".status",
          ".conversation",
          ".inspector",
          ".timeline",
        ].map((selector) => client.page.locator(selector).first().boundingBox());
        return await Promise.all(boxes);
      };

      const idle = await places();
      await client.connect();
      const live = await places();
      await client.page.getByRole("button", { name: "Mute" }).click();
      const muted = await places();
      await client.server.kill();
      await client.page.getByRole("button", { name: "Disconnect" }).click();
      await client.page.getByRole("button", { name: "Connect", exact: true })
        .click();
      await client.says("The runner does not answer. Is it still running?");
      const failed = await places();

      assert.deepEqual(live, idle);
      assert.deepEqual(muted, idle);
      assert.deepEqual(failed, idle);
      const width = await client.page.evaluate(
        `document.documentElement.scrollWidth`,
      );
      assert.equal(width, look.size?.width ?? 1280);
    }
  },
);

Deno.test(
  "without a microphone the page says so, and one can still type",
  async () => {
    const sentences = {
      denied: "The microphone is blocked. Allow it in the browser's site settings.",
      missing: "No microphone was found. Plug one in.",
    };
    for (const microphone of ["denied", "missing"] as const) {
      const { bot } = listeningBot();
      await using client = await clientPage(bot, { microphone });

      await client.page.getByRole("button", { name: "Connect" }).click();

      await client.says(`${sentences[microphone]} You can listen and type.`);
      await client.page.getByPlaceholder("Type to the bot", { exact: true })
        .fill("hello");
      await client.page.keyboard.press("Enter");
      await client.page.getByText("You wrote: hello", { exact: true })
        .waitFor();
    }
  },
);

Deno.test("a runner without WebRTC is told of in its own words", async () => {
  await using client = await clientPage(() => {}, { options: {} });

  await client.page.getByRole("button", { name: "Connect" }).click();

  await client.says(
    /^The runner refused the call: Transport 'webrtc' is not enabled here\./,
  );
});

Deno.test("a bot that fails is told of, and the next call works", async () => {
  const listening = listeningBot();
  let fail = true;
  await using client = await clientPage((args) => {
    if (fail) throw new Error("broken on purpose");
    return listening.bot(args);
  });

  await client.page.getByRole("button", { name: "Connect" }).click();
  await client.says(
    "The bot failed.",
  );
  fail = false;
  await client.connect();
});

Deno.test("a bot that hangs up is told of", async () => {
  await using client = await clientPage(async (args) => {
    await using transport = await createTransport(args);
    await transport.rtvi.clientReady;
  });

  await client.page.getByRole("button", { name: "Connect" }).click();

  await client.says("The bot ended the call.");
});

Deno.test("a click on Cancel halfway leaves no session", async () => {
  const { bot, calls } = listeningBot();
  const options = { webrtc: weriftPeers({ connectTimeoutMs: 4000 }) };
  await using client = await clientPage(bot, { options });

  await client.page.getByRole("button", { name: "Connect" }).click();
  await client.page.getByRole("button", { name: "Cancel" }).click();

  await client.says("You ended the call.");
  await client.connect();
  await client.page.getByRole("button", { name: "Disconnect" }).click();
  await untilIdle(client.server.runner, 8000);
  assert.ok(calls.length <= 2);
});

Deno.test("an offer that is refused is told of", async () => {
  const { bot } = listeningBot();
  await using client = await clientPage(bot);

  await client.page.route(
    "**/api/offer",
    (route) => route.fulfill({ status: 404, json: {} }),
  );
  await client.page.getByRole("button", { name: "Connect" }).click();

  await client.says(/^No connection to the bot came about/);
});

Deno.test("a connection that breaks is made again, and the microphone goes on", async () => {
  const { bot, calls, hear } = listeningBot();
  await using client = await clientPage(bot, { watchConnections: true });
  await client.connect();

  // What ICE does when the network has gone.
  await client.page.evaluate(`
    Object.defineProperty(connections[0], "iceConnectionState", { value: "failed" });
    connections[0].dispatchEvent(new Event("iceconnectionstatechange"));
  `);
  await client.page.evaluate(`(async () => {
    while (connections[1]?.connectionState !== "connected") {
      await new Promise(requestAnimationFrame);
    }
  })()`);

  const heard = await hear(2.1 * MELODY_MS);
  const score = recognise(heard, HEARD_RATE, SEED);
  assert.ok(score > 0.8, `score ${score}, loudness ${loudness(heard)}`);
  assert.equal(calls.length, 1, "the same run of the bot");
  assert.equal(
    await client.page.evaluate(`connections[0].connectionState`),
    "closed",
  );
});

Deno.test("the page loads fast", async () => {
  const { bot } = listeningBot();
  await using client = await clientPage(bot);

  const timing = (await client.page.evaluate(`(async () => {
    const painted = () => performance.getEntriesByName("first-contentful-paint")[0];
    while (!painted()) await new Promise(requestAnimationFrame);
    const [page] = performance.getEntriesByType("navigation");
    const files = performance.getEntriesByType("resource");
    return {
      loadedMs: Math.round(page.loadEventEnd),
      firstPaintMs: Math.round(painted().startTime),
      requests: files.length + 1,
      kilobytes: Math.round([page, ...files].reduce((sum, { transferSize }) => sum + transferSize, 0) / 1000),
    };
  })()`)) as Record<string, number>;

  console.log(timing);
  assert.ok((timing.kilobytes ?? 999) < 150);
  assert.ok((timing.loadedMs ?? 9999) < 3000);
});

/**
 * What the page says when something is wrong.
 */
import assert from "node:assert/strict";
import { createTransport } from "../../../src/transports/create.ts";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { clientPage } from "../client_page.ts";
import { untilIdle } from "../idle.ts";
import { listeningBot } from "../listening_bot.ts";

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
      await client.reads("You wrote: hello");
    }
  },
);

Deno.test("the page of a runner without WebRTC opens on a way that is on", async () => {
  await using client = await clientPage(() => {}, { options: {} });

  const websocket = client.page.getByRole("radio", { name: "WebSocket" });
  await websocket.and(client.page.locator(":checked")).waitFor();

  assert.ok(await client.page.getByRole("radio", { name: "WebRTC" }).isDisabled());
});

Deno.test("a call that the runner refuses is told of in its own words", async () => {
  await using client = await clientPage(() => {});
  await client.page.route("**/start", async (route) => {
    const response = await route.fetch({ postData: JSON.stringify({ transport: "daily" }) });
    await route.fulfill({ response });
  });

  await client.page.getByRole("button", { name: "Connect" }).click();

  await client.says(/^The runner refused the call: Daily needs a key: set DAILY_API_KEY/);
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
  // A page that leaves before its handshake is over may say no goodbye: its consent then runs out
  // after 30 s (RFC 7675).
  await untilIdle(client.server.runner, 40_000);
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

  await client.says(/^Could not connect to the bot/);
});

Deno.test("when the runner dies, the page says so, and the next call needs no reload", async () => {
  const { bot } = listeningBot();
  await using client = await clientPage(bot);
  await client.connect();
  await client.page.route("**/start", (route) => route.abort());
  await client.page.getByRole("button", { name: "Disconnect" }).click();
  await client.page.getByRole("button", { name: "Connect", exact: true }).click();
  await client.says("The runner does not answer. Is it still running?");
  await client.says("Restart it, then press Connect. You need not reload the page.");

  await client.page.unroute("**/start");
  await client.connect();
});

Deno.test("when no network path leads to the bot, the page says between which addresses", async () => {
  const { bot } = listeningBot();
  await using client = await clientPage(bot);
  await client.page.route("**/api/offer", async (route) => {
    if (route.request().method() === "PATCH") return await route.abort();
    // Neither side learns where the other one really is.
    const offer = route.request().postDataJSON();
    offer.sdp = offer.sdp.replace(/a=candidate.*\r\n/g, "");
    const response = await route.fetch({ postData: JSON.stringify(offer) });
    const answer = await response.json();
    answer.sdp = answer.sdp.replace(
      /(a=candidate:(?:\S+ ){5})\d+/g,
      (_: string, head: string) => `${head}59999`,
    );
    await route.fulfill({ response, json: answer });
  });

  await client.page.getByRole("button", { name: "Connect" }).click();
  await client.page.getByText("Connecting to the bot.").waitFor();
  await client.page.waitForTimeout(8000);

  await client.says("ICE failed: there is no network path to the bot.");
  await client.says(/^Tried host .* ↔ host .*:59999 over udp/);
});

Deno.test("code that cannot be loaded is told of, and the next try may find it", async () => {
  const { bot } = listeningBot();
  await using client = await clientPage(bot, { hash: "#transport=websocket", sockets: true });
  const { page } = client;
  let lost = true;
  await page.route(
    /\/assets\/(websocket|latency)-/,
    (route) => lost ? route.abort() : route.continue(),
  );

  await page.getByRole("tab", { name: "Latency" }).click();
  await page.getByText("This panel could not be loaded.").waitFor();
  await page.getByRole("button", { name: "Connect" }).click();
  await client.says("A part of this page could not be loaded.");
  lost = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("This panel could not be loaded.").waitFor({ state: "detached" });
  await client.connect();
});

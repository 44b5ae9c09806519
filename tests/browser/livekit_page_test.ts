/**
 * The page in a room of a real LiveKit server, where there is one: see rooms/livekit_server.ts.
 */
import assert from "node:assert/strict";
import { loadLiveKitRtc } from "../../src/runtimes/livekit_rtc.ts";
import { LIVEKIT_SERVER, startLiveKit } from "../rooms/livekit_server.ts";
import { clientPage, SEED } from "./client_page.ts";
import { MELODY_MS, recognise } from "./known_audio.ts";
import { HEARD_RATE, listeningBot } from "./listening_bot.ts";

Deno.test({
  name: "a real LiveKit server: the page talks in a room, sound and text, both ways",
  ignore: !LIVEKIT_SERVER,
  async fn() {
    await using livekit = await startLiveKit();
    const { bot, hear } = listeningBot();
    const options = { environment: livekit.environment, livekit: loadLiveKitRtc };
    await using client = await clientPage(bot, { options, hash: "#transport=livekit" });
    const { page } = client;

    await client.connect();
    const [heard, played] = await Promise.all([
      hear(2.1 * MELODY_MS),
      client.record(2.1 * MELODY_MS),
    ]);
    await page.getByLabel("Text for the bot").fill("good morning");
    await page.keyboard.press("Enter");
    await client.reads("You wrote: good morning");
    await page.getByRole("tab", { name: "Connection" }).click();
    await page.getByLabel(/^From the bot: \d+ kbit/).waitFor();
    await page.getByRole("button", { name: "Disconnect" }).click();
    await client.says("You ended the call.");

    const scores = {
      heard: recognise(heard, HEARD_RATE, SEED),
      played: recognise(played.samples, played.sampleRate, SEED),
    };
    console.log(scores);
    assert.ok(scores.heard > 0.8 && scores.played > 0.8, "the same melody");
    const server = new URL(livekit.environment.LIVEKIT_URL).host;
    const hosts = [...client.origins].map((origin) => new URL(origin).host);
    assert.ok(
      hosts.every((host) => host === server || client.server.url.endsWith(host)),
      `${hosts}`,
    );
    assert.deepEqual(client.errors, []);
  },
});

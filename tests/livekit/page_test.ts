/**
 * The page in a room of a real LiveKit server, where there is one: see server.ts.
 */
import assert from "node:assert/strict";
import { loadLiveKitRtc } from "../../src/runtimes/livekit_rtc.ts";
import { LIVEKIT_SERVER, startLiveKit } from "./server.ts";
import { clientPage, SEED } from "../browser/client_page.ts";
import { assertMelody, listenFor } from "../browser/known_audio.ts";
import { listeningBot } from "../browser/listening_bot.ts";

Deno.test({
  name: "a real LiveKit server: the page talks in a room, sound and text, both ways",
  ignore: !LIVEKIT_SERVER,
  async fn() {
    await using livekit = await startLiveKit();
    const { bot, record } = listeningBot();
    const options = { environment: livekit.environment, livekit: loadLiveKitRtc };
    await using client = await clientPage(bot, { options, hash: "#transport=livekit" });
    const { page } = client;

    await client.connect();
    const [heard, played] = await Promise.all([
      listenFor(SEED, record),
      listenFor(SEED, client.record),
    ]);
    await page.getByLabel("Text for the bot").fill("good morning");
    await page.keyboard.press("Enter");
    await client.reads("You wrote: good morning");
    await page.getByRole("tab", { name: "Connection" }).click();
    await page.getByLabel(/^From the bot: \d+ kbit/).waitFor();
    await page.getByRole("button", { name: "Disconnect" }).click();
    await client.says("You ended the call.");

    assertMelody(heard, "heard");
    assertMelody(played, "played");
    const server = new URL(livekit.environment.LIVEKIT_URL).host;
    const hosts = [...client.origins].map((origin) => new URL(origin).host);
    assert.ok(
      hosts.every((host) => host === server || client.server.url.endsWith(host)),
      `${hosts}`,
    );
    assert.deepEqual(client.errors, []);
  },
});

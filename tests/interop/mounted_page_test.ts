/**
 * The page of a runner within Express on Node, at a path, in Chromium: each kind of call, and no
 * request beside the path.
 */
import assert from "node:assert/strict";
import { launchChromium } from "../browser/chromium.ts";
import { actions } from "../browser/client_page.ts";
import { melodyWav } from "../browser/known_audio.ts";
import { installPackage, serveMounted } from "../runtimes/hosts.ts";

Deno.test("the page talks through Express, at a path: by WebRTC, by WebSocket and by phone", async () => {
  await using installed = await installPackage();
  await using server = await serveMounted("node", "express", installed);
  await using browser = await launchChromium(melodyWav(1));

  const { page, errors, requests } = await browser.open(server.url, {});
  const { connect, level, says } = actions(page);
  for (const transport of ["WebRTC", "WebSocket"]) {
    await page.getByRole("radio", { name: transport }).check();
    await connect();
    await page.waitForTimeout(500); // the bot says back what it hears
    const heard = await level("Bot");
    assert.ok(heard > 0.05, `${transport}: ${heard}`);
    await page.getByRole("button", { name: "Disconnect" }).click();
    await says("You ended the call.");
  }
  await page.getByRole("radio", { name: "Phone" }).check();
  await page.getByRole("button", { name: "Call", exact: true }).click();
  await says("You are on the phone. Say something.");
  await page.getByRole("button", { name: "Hang up" }).click();

  assert.equal(page.url(), `${server.url}/client/`);
  const beside = requests.filter((url) =>
    !url.startsWith(server.url) && !/^(blob|data):/.test(url)
  );
  assert.deepEqual(beside, []);
  assert.deepEqual(errors, []);
});

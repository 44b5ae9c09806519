/**
 * A runner that is killed in the middle of a call, and comes back.
 */
import assert from "node:assert/strict";
import { ECHO_BOT, folderWith, start } from "../cli/child.ts";
import { launchChromium } from "./chromium.ts";
import { melodyWav } from "./known_audio.ts";

/** How long the page may take to see that the runner is gone, in ms. */
const SEEN_MS = 2000;

for (const transport of ["webrtc", "websocket", "phone"]) {
  Deno.test(`a runner that is killed is missed within 2 s, and called again when it is back: ${transport}`, async () => {
    await using folder = await folderWith({ "bot.ts": ECHO_BOT });
    await using browser = await launchChromium(melodyWav(21));
    const options = { cwd: folder.path };
    let port = "0";
    {
      await using runner = await start(
        ["bot.ts", "--port", port, "--insecure-carriers", "twilio"],
        options,
      );
      port = new URL(runner.url).port;
      const { page } = await browser.open(
        `http://127.0.0.1:${port}/client/#transport=${transport}`,
      );
      await page.getByRole("button", {
        name: transport === "phone" ? "Call" : "Connect",
        exact: true,
      })
        .click();
      await page.getByText(/Say something/).waitFor();

      const killed = performance.now();
      runner.kill("SIGKILL");
      await page.getByText("The page calls again when it is back.").waitFor();
      const seen = performance.now() - killed;
      console.log(`${transport}: ${Math.round(seen)} ms`);
      assert.ok(seen < SEEN_MS, `seen after ${seen} ms`);
      await runner.ended;

      await using _back = await start(
        ["bot.ts", "--port", port, "--insecure-carriers", "twilio"],
        options,
      );
      await page.getByText(/Say something/).waitFor();
      await page.getByRole("button", { name: /Disconnect|Hang up/ }).click();
    }
  });
}

/**
 * The page at a balancer: the process that has its call dies, and another one is there.
 */
import assert from "node:assert/strict";
import { launchChromium } from "../browser/chromium.ts";
import { melodyWav } from "../browser/known_audio.ts";
import { startCluster } from "./fleet/cluster.ts";
import { startDirectory } from "./fleet/directory.ts";

/** How long the page may take to talk to another process, in ms. */
const AGAIN_MS = 10_000;

Deno.test({
  name: "a page whose process dies calls again, and is answered by another one",
  sanitizeOps: false, // the browser is closed after the last test
  sanitizeResources: false,
  async fn() {
    await using directory = await startDirectory("redis");
    await using cluster = await startCluster(2, { directory: directory.url });
    await using browser = await launchChromium(melodyWav(21));
    const { page } = await browser.open(`${cluster.url}/client/`);
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText(/Say something/).waitFor();
    const sizes = await Promise.all(cluster.processes.map(async (process) => {
      const { sessions } = await (await fetch(`${process.url}/readyz`)).json();
      return { process, sessions };
    }));
    const owner = sizes.find(({ sessions }) => sessions === 1)?.process;
    assert.ok(owner);

    const began = performance.now();
    owner.signal("SIGKILL");
    await owner.ended;
    const [left] = cluster.processes;
    assert.ok(left);
    for (let running = 0; running === 0;) {
      assert.ok(performance.now() - began < AGAIN_MS, "it does not call again");
      await new Promise((resolve) => setTimeout(resolve, 50));
      running = (await (await fetch(`${left.url}/readyz`)).json()).sessions;
    }
    console.log(`Talks again after ${Math.round(performance.now() - began)} ms`);
    await page.getByText(/Say something/).waitFor();
  },
});

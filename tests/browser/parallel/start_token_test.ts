/**
 * The page of a runner that wants a start token: where it has it from, and where it leaves it.
 */
import assert from "node:assert/strict";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { clientPage } from "../client_page.ts";
import { listeningBot } from "../listening_bot.ts";

const startToken = "pk_5c1f0e9ab27d4433";

Deno.test("the page asks for the start token where it has none, and keeps it", async () => {
  await using client = await clientPage(listeningBot().bot, {
    options: { webrtc: weriftPeers(), startToken },
  });
  const { page } = client;

  await page.getByRole("button", { name: "Connect" }).click();
  await client.says(/^The runner asks for its start token/);
  await page.getByText("Enter the start token in the Request tab").waitFor();
  await page.getByRole("tab", { name: "Request" }).click();
  await page.getByLabel("Start token").fill(startToken);
  await client.connect();

  const shown = await page.getByRole("tabpanel", { name: "Request" }).textContent();
  assert.ok(!shown?.includes(startToken)); // the link to copy is in there
});

Deno.test("the link that the runner prints brings the start token, and does not keep it", async () => {
  await using client = await clientPage(listeningBot().bot, {
    options: { webrtc: weriftPeers(), startToken },
    hash: `#token=${startToken}`,
  });
  const { page, server } = client;

  await client.connect();

  assert.equal(page.url(), `${server.url}/client/`);
});

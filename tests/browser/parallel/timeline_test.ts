import assert from "node:assert/strict";
import type { Bot } from "../../../src/core/bot.ts";
import { createTransport } from "../../../src/transports/create.ts";
import type { Look } from "../chromium.ts";
import { type ClientPage, clientPage } from "../client_page.ts";

const PHONE: Look = { size: { width: 390, height: 844 }, touch: true };

/** A bot that sends messages as fast as it can, this many. */
function talkative(count: number): Bot {
  return async (args) => {
    await using transport = await createTransport(args);
    await transport.rtvi.clientReady;
    for (let n = 1; n <= count; n++) {
      transport.rtvi.send("server-message", { n });
      if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await transport.readable.pipeTo(new WritableStream());
  };
}

const track = ({ page }: ClientPage) =>
  page.getByRole("slider", { name: "Messages and events of the call" });
const told = (client: ClientPage) => track(client).getAttribute("aria-valuetext");
const count = ({ page }: ClientPage) => page.locator(".tabs .count").textContent();

Deno.test("every message is a tick: keys go from one to the next, and Enter opens it in the list", async () => {
  await using client = await clientPage(talkative(200));
  const { page } = client;
  await client.connect();
  await page.locator(".tabs .count", { hasText: "202" }).waitFor();
  await page.getByRole("tab", { name: "Latency" }).click();
  await track(client).focus();

  assert.match(await told(client) ?? "", /^202, none selected/);
  await page.keyboard.press("Home");
  assert.match(await told(client) ?? "", /^client-ready to the bot, at [\d.]+ s$/);
  await page.keyboard.press("ArrowRight");
  assert.match(await told(client) ?? "", /^bot-ready from the bot/);
  await page.locator(".tip", { hasText: "bot-ready" }).waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");

  await page.locator(".messages .chosen pre", { hasText: '"n": 1' }).waitFor();
  assert.equal(
    await page.evaluate(`document.activeElement.closest("li").dataset.key`),
    await page.locator(".messages .chosen").getAttribute("data-key"),
    "the focus is on the message",
  );
  assert.ok(await page.locator(".messages .chosen").isVisible());
});

Deno.test("a mouse points at messages, opens them, zooms and drags; and the end can be followed", async () => {
  await using client = await clientPage(talkative(1));
  const { page } = client;
  await client.connect();
  await page.locator(".tabs .count", { hasText: "3" }).waitFor();
  const box = await track(client).boundingBox();
  assert.ok(box);
  const { x: left, y, width, height } = box;
  const follow = page.getByRole("button", { name: "Follow live" });
  const whole = page.getByRole("button", { name: "Whole call" });
  assert.equal(await follow.getAttribute("aria-pressed"), "true");

  const lane = y + height - 30;
  /** Looks along the lane of the messages. */
  async function find(from: number): Promise<number> {
    for (let x = from; x < left + width - 30; x += 3) {
      await page.mouse.move(x, lane);
      if (await page.locator(".tip", { hasText: "server-message" }).count() > 0) return x;
    }
    throw new Error("There is no tick of the message.");
  }
  const found = await find(left + 80);
  await page.mouse.down();
  await page.mouse.up();
  await page.locator(".messages .chosen pre", { hasText: '"n": 1' }).waitFor();

  await whole.click();
  assert.equal(await whole.getAttribute("aria-pressed"), "true");
  await page.mouse.move(found, lane);
  await page.mouse.wheel(0, -900);
  await page.locator("button[aria-pressed=false]", { hasText: "Whole call" }).waitFor();
  const closer = await find(found - 30);
  await page.mouse.down();
  await page.mouse.move(closer + 100, lane, { steps: 4 });
  await page.mouse.up();
  const dragged = await find(left + 80);
  // As far as the beginning of the call lets it.
  assert.ok(dragged > closer + 9, `it was at ${closer}, now it is at ${dragged}`);
  await follow.click();
  assert.equal(await follow.getAttribute("aria-pressed"), "true");

  await page.getByRole("button", { name: "Disconnect" }).click();
  await client.says("You ended the call.");
  assert.equal(await whole.getAttribute("aria-pressed"), "true", "then all of it is shown");
});

Deno.test("a finger points with its first tap, and opens with the second", async () => {
  await using client = await clientPage(talkative(1), { look: PHONE });
  const { page } = client;
  await client.connect();
  await page.locator(".tabs .count", { hasText: "3" }).waitFor({ state: "attached" });
  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("tab", { name: "Timeline" }).click();
  const box = await track(client).boundingBox();
  assert.ok(box);

  let found: number | undefined;
  for (let x = box.x + 78; x < box.x + 200 && found === undefined; x += 8) {
    await page.touchscreen.tap(x, box.y + box.height - 30);
    if (await page.locator(".tip").count() > 0) found = x;
  }
  assert.ok(found);
  assert.equal(await page.locator(".messages .chosen").count(), 0);
  await page.touchscreen.tap(found, box.y + box.height - 30);

  await page.locator(".messages .chosen pre").waitFor();
});

Deno.test("the page stays quick with thousands of messages", async () => {
  await using client = await clientPage(talkative(5000), {
    sockets: true,
    hash: "#transport=websocket",
  });
  const { page } = client;

  await client.connect();
  await page.locator(".tabs .count", { hasText: "5002" }).waitFor();
  const rows = await page.locator(".messages li").count();
  await track(client).focus();
  const frames = await page.evaluate(`(async () => {
    const element = document.activeElement;
    const times = [];
    for (let i = 0; i < 40; i++) {
      const began = performance.now();
      const key = i % 8 < 4 ? "-" : i % 2 ? "+" : "ArrowLeft";
      element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      await new Promise(requestAnimationFrame);
      await new Promise((resolve) => setTimeout(resolve));
      times.push(performance.now() - began);
    }
    return times.sort((a, b) => a - b);
  })()`) as number[];
  await page.getByLabel("Filter the messages").fill('"n":4711');
  await page.locator(".messages .type").first().waitFor();

  console.log({
    rows,
    medianMs: Math.round(frames[20] ?? 0),
    worstMs: Math.round(frames[39] ?? 0),
  });
  assert.ok(rows < 80, "only what can be seen is there");
  assert.ok((frames[20] ?? 999) < 60, "keys move the timeline at once");
  assert.equal(await page.locator(".messages .type").count(), 1);
  assert.equal(await count(client), "5002");
});

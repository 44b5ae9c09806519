/**
 * The page of a real command line: a runner that is killed and comes back, and a bot that fails.
 */
import assert from "node:assert/strict";
import { ECHO_BOT, folderWith, start } from "../../cli/child.ts";
import { launchChromium } from "../chromium.ts";
import { melodyWav } from "../known_audio.ts";

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

Deno.test("how the bot failed is shown over the page, with the line of its source, and in the log", async () => {
  const source = `
import { createTransport, type RunnerArguments } from "jsr:@pipecat/runner";
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.rtvi.clientReady;
  console.log("said before the fall");
  throw new Error("this bot has had enough");
}
`;
  await using folder = await folderWith({ "bot.ts": source });
  await using browser = await launchChromium(melodyWav(21));
  await using runner = await start(["bot.ts", "--port", "0"], { cwd: folder.path });
  const { port } = new URL(runner.url);
  const { page } = await browser.open(`http://127.0.0.1:${port}/client/`);

  await page.getByRole("button", { name: "Connect" }).click();

  const fault = page.getByRole("dialog", { name: "The bot failed" });
  await fault.getByText("Error: this bot has had enough").waitFor();
  await fault.getByText("bot.ts:7:9", { exact: true }).waitFor();
  assert.match(
    await fault.locator(".here").textContent() ?? "",
    /throw new Error\("this bot has had enough"\);/,
  );
  await page.keyboard.press("Escape");
  await page.getByRole("tab", { name: "Log" }).click();
  await page.locator(".log", { hasText: "said before the fall" }).waitFor();
});

Deno.test("the page says that the bot's code has changed, or cannot be loaded, and calls again by itself", async () => {
  await using folder = await folderWith({ "bot.ts": ECHO_BOT });
  await using browser = await launchChromium(melodyWav(21));
  await using runner = await start(["bot.ts", "--watch", "--port", "0"], { cwd: folder.path });
  const write = (text: string) => Deno.writeTextFile(`${folder.path}/bot.ts`, text);
  const { page } = await browser.open(`http://127.0.0.1:${new URL(runner.url).port}/client/`);
  const session = page.locator(".session dd");
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByText(/Say something/).waitFor();
  const first = await session.textContent();

  await write(`${ECHO_BOT}\n// another bot`);
  await page.getByText("The bot has changed.").waitFor();
  assert.equal(await session.textContent(), first, "a call goes on");
  await page.locator("header").getByRole("button", { name: "Run again" }).waitFor();
  await page.getByLabel("always").check();
  await page.getByRole("button", { name: "Call again" }).click();
  await page.getByText(/Say something/).waitFor();
  const second = await session.textContent();
  assert.notEqual(second, first);

  await write(`${ECHO_BOT}\nfunction (`);
  await page.getByRole("dialog", { name: "The bot cannot be loaded" }).waitFor();
  await write(ECHO_BOT);
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.locator(".session dd", { hasNotText: second! }).waitFor();
  await page.getByText(/Say something/).waitFor();
});

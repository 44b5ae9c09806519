/**
 * Camera, screen and the bot's picture on the page at `/client/`.
 */
import assert from "node:assert/strict";
import type { Bot } from "../../../src/core/bot.ts";
import type { ImageFrame, VideoIn } from "../../../src/core/video.ts";
import { createTransport } from "../../../src/transports/create.ts";
import type { Transport } from "../../../src/transports/transport.ts";
import { STRIPES } from "../../video/pictures.ts";
import { bot as vision } from "../../../examples/brains/vision.ts";
import { visionServer } from "../../brains/vision_server.ts";
import { clientPage } from "../client_page.ts";

/** A bot that hands its transport to the test. */
function openBot(videoIn?: VideoIn) {
  const { promise: transport, resolve } = Promise.withResolvers<Transport>();
  const bot: Bot = async (args) => {
    await using made = await createTransport(args, videoIn ? { videoIn } : {});
    resolve(made);
    await made.readable.pipeTo(new WritableStream());
  };
  return { bot, transport };
}

/** The color in the middle of the bot's picture. */
const MIDDLE = `(() => {
  const video = document.querySelector("video.bot");
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  context.drawImage(video, video.videoWidth / 2, video.videoHeight / 4, 1, 1, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
})()`;

Deno.test("the bot sees the camera and the screen once their buttons are pressed, and is seen", async () => {
  const { bot, transport } = openBot({ camera: "onRequest", screen: "onRequest" });
  await using client = await clientPage(bot);
  const { page } = client;
  await client.connect();
  const made = await transport;
  const bots = page.getByLabel("The bot", { exact: true });
  assert.equal(await bots.isVisible(), false, "it shows nothing yet");

  await assert.rejects(made.snapshot(), { code: "no_picture", message: /is off/ });
  await page.getByRole("button", { name: "Camera" }).click();
  await page.getByLabel("Your camera").waitFor();
  const camera = await made.snapshot();
  await page.getByRole("button", { name: "Screen" }).click();
  await page.getByLabel("Your screen").waitFor();
  const screen: ImageFrame = await made.snapshot({ source: "screen" });
  made.show(STRIPES);
  await bots.waitFor();
  const seen = await page.evaluate<number[]>(MIDDLE);

  assert.equal(camera.width * 9, camera.height * 16);
  assert.ok(screen.width > 0 && screen.source === "screen");
  const blue = [40, 60, 210];
  assert.ok(seen.every((level, i) => Math.abs(level - blue[i]!) < 40), `${seen}`);

  await page.getByRole("button", { name: "Camera off" }).click();
  await page.getByLabel("Your camera").waitFor({ state: "hidden" });
  await assert.rejects(made.snapshot(), { code: "no_picture", message: /off/ });
  made.show(false);
  await bots.waitFor({ state: "hidden" });
  assert.deepEqual(client.errors, []);
});

Deno.test("the example of vision tells what is in front of the camera, and why it cannot", async () => {
  await using model = visionServer("key");
  Deno.env.set("OPENAI_API_KEY", "key");
  Deno.env.set("OPENAI_BASE_URL", `${model.origin}/v1`);
  await using client = await clientPage(vision);
  const { page } = client;
  await client.connect();
  const ask = async (question: string) => {
    await page.getByLabel("Text for the bot").fill(question);
    await page.keyboard.press("Enter");
  };

  await ask("What do you see?");
  await client.reads("There is no picture of the camera: it is off.");
  await page.getByRole("button", { name: "Camera" }).click();
  await page.getByLabel("Your camera").waitFor();
  await ask("And now?");
  await client.reads(/^I see something of \d+ × \d+ pixels\.$/);
  assert.deepEqual(model.refusals, []);
});

Deno.test("for a bot that sees nothing the page has no buttons", async () => {
  const { bot, transport } = openBot();
  await using client = await clientPage(bot);
  await client.connect();
  await transport;

  assert.equal(await client.page.getByRole("button", { name: /Camera|Screen/ }).count(), 0);
});

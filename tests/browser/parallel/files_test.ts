/**
 * Files that the page's user sends.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Bot } from "../../../src/core/bot.ts";
import type { RtviClientMessageOf } from "../../../src/rtvi/protocol.ts";
import { type UploadOptions, uploads } from "../../../src/runtimes/uploads.ts";
import { createTransport } from "../../../src/transports/create.ts";
import { weriftPeers } from "../../../src/ways/webrtc/werift.ts";
import { memoryStorage } from "../../uploads/memory_storage.ts";
import { clientPage } from "../client_page.ts";

/** A bot that keeps the files which it is sent, and a page that may send some. */
async function page(options: UploadOptions = {}) {
  const sent: RtviClientMessageOf<"send-file">["data"][] = [];
  const storage = memoryStorage();
  const bot: Bot = async (args) => {
    await using transport = await createTransport(args);
    void transport.readable.cancel();
    for await (const { type, data } of transport.rtvi.messages) {
      if (type === "send-file") sent.push(data);
    }
  };
  const client = await clientPage(bot, {
    options: { webrtc: weriftPeers(), use: [uploads(storage, options)] },
  });
  return { client, sent, storage };
}

/** Lets the page's own code take a red picture by an event, as a user drops and pastes one. */
const GIVE = `async (how) => {
  const canvas = new OffscreenCanvas(40, 20);
  canvas.getContext("2d").fillStyle = "red";
  canvas.getContext("2d").fillRect(0, 0, 40, 20);
  const transfer = new DataTransfer();
  transfer.items.add(new File([await canvas.convertToBlob()], how + ".png", { type: "image/png" }));
  const options = { bubbles: true, cancelable: true };
  const target = document.querySelector(".conversation input[type=text]");
  target.dispatchEvent(how === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
    : new DragEvent("drop", { ...options, dataTransfer: transfer }));
}`;

Deno.test("files come by button, drop and paste, and stand in the conversation", async () => {
  const { client, sent, storage } = await page();
  await using _client = client;
  const { page: tab } = client;
  await client.connect();
  await tab.getByRole("button", { name: "Send a file" }).waitFor();

  await tab.getByLabel("Text for the bot").fill("See this.");
  await tab.locator(".conversation input[type=file]").setInputFiles({
    name: "../notes.txt",
    mimeType: "text/html",
    buffer: Buffer.from("hello"),
  });
  await tab.locator(".line .file.sent").first().waitFor();
  for (const how of ["drop", "paste"]) {
    await tab.evaluate(`(${GIVE})(${JSON.stringify(how)})`);
    await tab.locator(`.line img[alt="${how}.png"]`).waitFor();
  }
  await tab.locator(".line .file.sent").nth(2).waitFor();

  assert.equal(await tab.getByLabel("Text for the bot").inputValue(), "");
  assert.deepEqual(sent.map(({ content, file: { name, format } }) => [content, name, format]), [
    ["See this.", "notes.txt", "text/plain"],
    ["", "drop.png", "image/png"],
    ["", "paste.png", "image/png"],
  ]);
  const urls = sent.map(({ file: { source } }) => "url" in source ? source.url : "");
  assert.deepEqual(urls.map((url) => storage.files.has(url)), [true, true, true]);
  const picture = await tab.evaluate(`(() => {
    const image = document.querySelector('.line img[alt="drop.png"]');
    return [image.naturalWidth, image.naturalHeight];
  })()`);
  assert.deepEqual(picture, [40, 20]);
});

Deno.test("a file that is not taken says why, and the bot hears nothing of it", async () => {
  const { client, sent } = await page({ maxBytes: 10 });
  await using _client = client;
  await client.connect();

  await client.page.locator(".conversation input[type=file]").setInputFiles({
    name: "long.txt",
    mimeType: "text/plain",
    buffer: Buffer.from("much too long"),
  });
  await client.page.locator(".line .file.failed").waitFor();

  const text = await client.page.locator(".line .file").textContent();
  assert.match(text ?? "", /long\.txt.*not sent.*10 bytes/);
  assert.deepEqual(sent, []);
});

Deno.test("where the runner takes no files there is no button for them", async () => {
  await using client = await clientPage(async (args) => {
    await using transport = await createTransport(args);
    await transport.readable.pipeTo(new WritableStream());
  });
  await client.connect();

  assert.equal(await client.page.getByRole("button", { name: "Send a file" }).count(), 0);
});

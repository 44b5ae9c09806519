/**
 * Takes the pictures of the page in `.github/screenshots`, of real calls with a bot that plays a
 * scene: `deno task screenshots [folder] [name …]`.
 *
 * @module
 */
import type { Page } from "playwright-core";
import type { Bot } from "../../src/core/bot.ts";
import { loadFaces } from "../../src/demo/faces.ts";
import { createTransport } from "../../src/transports/create.ts";
import { closeBrowsers, type Look } from "./chromium.ts";
import { type ClientPage, clientPage } from "./client_page.ts";
import { microphone, pause, scene } from "./scene.ts";

const WIDE: Look = { size: { width: 1280, height: 800 } };
const NARROW: Look = { size: { width: 390, height: 844 }, touch: true };
type Shot = (take: (name: string, page: Page) => Promise<void>) => Promise<void>;

async function open(look: Look, hash = "", bot: Bot = scene): Promise<ClientPage> {
  return await clientPage(bot, { microphone: await microphone(), look, hash, sockets: true });
}

const SHOTS: Readonly<Record<string, Shot>> = {
  async idle(take) {
    await using light = await open(WIDE);
    await take("client-idle", light.page);
    await using dark = await open({ ...WIDE, dark: true });
    await take("client-idle-dark", dark.page);
    await using phone = await open(NARROW);
    await take("client-idle-narrow", phone.page);
  },
  async talking(take) {
    for (const dark of [false, true]) {
      await using client = await open({ ...WIDE, dark });
      await client.connect();
      await pause(14.2);
      await take(dark ? "client-dark" : "client-light", client.page);
    }
  },
  async narrow(take) {
    for (const dark of [false, true]) {
      await using client = await open({ ...NARROW, dark });
      await client.connect();
      await client.page.getByRole("tab", { name: "Conversation" }).click();
      await pause(13);
      await take(dark ? "client-phone-dark" : "client-phone", client.page);
    }
  },
  async timeline(take) {
    for (const look of [{ ...WIDE, dark: true }, WIDE, NARROW]) {
      await using client = await open(look);
      const { page } = client;
      await client.connect();
      await pause(16);
      if (look === NARROW) await page.getByRole("tab", { name: "Timeline" }).click();
      else await page.getByRole("tab", { name: "Latency" }).click();
      await page.getByRole("button", { name: "Disconnect" }).click();
      await page.getByRole("button", { name: "Play the call" }).waitFor();
      const track = page.getByRole("slider", { name: "Messages and events" });
      await track.focus();
      for (const key of ["+", "+", ...Array<string>(17).fill("ArrowLeft")]) {
        await page.keyboard.press(key);
      }
      const name = look === NARROW ? "-narrow" : look.dark ? "-dark" : "";
      await take(`client-timeline${name}`, page);
    }
  },
  async failing(take) {
    for (const look of [WIDE, { ...WIDE, dark: true }, NARROW]) {
      await using client = await open(look, "", async (args) => {
        await using transport = await createTransport(args);
        const { rtvi } = transport;
        await rtvi.clientReady;
        rtvi.send("bot-output", {
          text: "One moment, please.",
          aggregated_by: "sentence",
          spoken: false,
        });
        rtvi.send("error", { error: "The speech service answers with 429.", fatal: false });
        await pause(2);
        throw new Error("no quota left");
      });
      await client.page.getByRole("button", { name: "Connect" }).click();
      await client.says("The bot failed.");
      const name = look === NARROW ? "-narrow" : look.dark ? "-dark" : "";
      await take(`client-failing${name}`, client.page);
    }
  },
  async seeing(take) {
    for (const dark of [false, true]) {
      await using client = await open({ ...WIDE, dark }, "", async (args) => {
        const videoIn = { camera: "onRequest", screen: "onRequest" } as const;
        await using transport = await createTransport(args, { videoIn });
        transport.show(loadFaces()[2] ?? false);
        await transport.readable.pipeTo(new WritableStream());
      });
      const { page } = client;
      await client.connect();
      await page.getByRole("button", { name: "Camera" }).click();
      await page.getByLabel("Your camera").waitFor();
      await pause(1);
      await take(dark ? "client-seeing-dark" : "client-seeing", page);
    }
  },
  async dialpad(take) {
    for (const look of [{ ...WIDE, dark: true }, WIDE, NARROW]) {
      await using client = await open(look, "#transport=phone&carrier=telnyx");
      const { page } = client;
      await page.getByRole("button", { name: "Call", exact: true }).click();
      await client.says("You are on the phone. Say something.");
      await pause(3);
      await page.getByRole("button", { name: "5", exact: true }).click();
      await pause(5);
      const name = look === NARROW ? "-narrow" : look.dark ? "" : "-light";
      await take(`client-dialpad${name}`, page);
    }
  },
};

if (import.meta.main) {
  const [folder = new URL("../../.github/screenshots", import.meta.url).pathname, ...names] =
    Deno.args;
  for (const [name, shot] of Object.entries(SHOTS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    await shot(async (file, page) => {
      await page.screenshot({ path: `${folder}/${file}.png`, fullPage: true });
      console.log(file);
    });
  }
  await closeBrowsers();
}

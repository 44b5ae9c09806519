/**
 * Takes the pictures of the page in `.github/screenshots`, of real calls with a bot that plays a
 * scene: `deno run -A tests/browser/screenshots.ts [folder] [name …]`.
 *
 * @module
 */
import type { Page } from "playwright-core";
import { encodeWav } from "../../src/audio/wav.ts";
import type { Bot } from "../../src/core/bot.ts";
import { loadFaces } from "../../src/demo/faces.ts";
import { loadSpeech } from "../../src/demo/speech.ts";
import { createTransport } from "../../src/transports/create.ts";
import { closeBrowsers, type Look } from "./chromium.ts";
import { type ClientPage, clientPage } from "./client_page.ts";

const WIDE: Look = { size: { width: 1280, height: 800 } };
const NARROW: Look = { size: { width: 390, height: 844 }, touch: true };
const RATE = 16_000;

/** When the user says what, in seconds after the microphone was opened. */
const USER = [
  { at: 2.2, text: "Hi! What will the weather be like in Graz today?" },
  { at: 9.6, text: "Wait. I meant tomorrow." },
];
/** The same for the bot; what is cut is interrupted after so many seconds. */
const BOT = [
  { at: 0.4, text: "Hello, this is Ada." },
  { at: 5.9, text: "In Graz it is sunny today, with up to twenty one degrees,", cut: 2.8 },
  { at: 12.6, text: "Tomorrow it will rain in the morning, and clear up later." },
];

async function microphone(): Promise<Uint8Array<ArrayBuffer>> {
  const speech = await loadSpeech();
  const samples = new Int16Array(24 * RATE);
  for (const { at, text } of USER) {
    samples.set(speech.synthesize(text).samples, at * RATE);
  }
  return encodeWav({ samples, sampleRate: RATE, channels: 1 });
}

const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

const scene: Bot = async (args) => {
  await using transport = await createTransport(args);
  if ("callData" in args === false) await transport.rtvi.clientReady;
  const speech = await loadSpeech();
  const { rtvi } = transport;
  const began = performance.now();
  const until = (at: number) => pause(Math.max(0, at - (performance.now() - began) / 1000));
  const writer = transport.writable.getWriter();
  const heard = transport.readable.pipeTo(new WritableStream()).catch(() => {});

  async function say(id: number, text: string, cut = Infinity): Promise<void> {
    const { samples, sampleRate } = speech.synthesize(text);
    rtvi.send("bot-started-speaking");
    void writer.write({ type: "audio", samples, sampleRate, channels: 1 }).catch(() => {});
    const words = text.split(" ");
    const seconds = samples.length / sampleRate;
    for (let i = 1; i <= words.length; i++) {
      const at = i * seconds / words.length;
      const line = { text, output_type: "sentence", segment_id: id, will_be_spoken: true };
      rtvi.send("bot-output", {
        ...line,
        spoken_status: i < words.length ? "in-progress" : "completed",
        spoken_progress: {
          accumulated_text: words.slice(0, i).join(" "),
          remaining_text: words.slice(i).map((word) => ` ${word}`).join(""),
        },
      });
      if (at > cut) {
        transport.interrupt();
        rtvi.send("bot-interrupted");
        break;
      }
      await pause(seconds / words.length);
    }
    rtvi.send("bot-stopped-speaking");
  }
  const guess = (text: string, final: boolean) =>
    rtvi.send("user-transcription", { text, final, timestamp: "", user_id: "" });

  async function play(): Promise<void> {
    const [hello, sunny, rain] = BOT;
    const [first, second] = USER;
    if (!hello || !sunny || !rain || !first || !second) return;
    await until(hello.at);
    await say(1, hello.text);
    await until(first.at + 0.8);
    rtvi.send("user-started-speaking");
    guess("Hi! What will the", false);
    await until(first.at + 3);
    guess(first.text, true);
    rtvi.send("user-stopped-speaking");
    const call = { tool_call_id: "call_1", function_name: "get_weather" };
    rtvi.send("llm-function-call-in-progress", { ...call, arguments: { city: "Graz", day: 0 } });
    await until(sunny.at - 0.2);
    rtvi.send("llm-function-call-stopped", {
      ...call,
      cancelled: false,
      result: { sky: "sunny", high: 21 },
    });
    await until(sunny.at);
    await say(2, sunny.text, sunny.cut);
    await until(second.at + 0.9);
    guess("Wait. I meant", false);
    await until(second.at + 1.8);
    guess(second.text, true);
    await until(rain.at);
    await say(3, rain.text);
  }
  await Promise.race([play().then(() => heard), heard]);
};

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
      await pause(7.5);
      await take(dark ? "client-phone-dark" : "client-phone", client.page);
    }
  },
  async timeline(take) {
    for (const look of [{ ...WIDE, dark: true }, WIDE, NARROW]) {
      await using client = await open(look);
      const { page } = client;
      await client.connect();
      await pause(16);
      await page.getByRole("tab", { name: "Latency" }).click();
      await page.getByRole("button", { name: "Disconnect" }).click();
      await client.says("You ended the call.");
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
    await using client = await open(WIDE, "", async (args) => {
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
    await take("client-seeing", page);
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

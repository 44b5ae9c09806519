/**
 * The page at `/client/` in a browser, with what a test does there.
 *
 * @module
 */
import type { Page } from "playwright-core";
import type { Bot } from "../../src/core/bot.ts";
import type { RunnerOptions } from "../../src/runner.ts";
import { serve } from "../../src/runtimes/deno.ts";
import { weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { bundle } from "./bundle.ts";
import { type FakeMicrophone, launchChromium, type Look, type TestPage } from "./chromium.ts";
import { melodyWav } from "./known_audio.ts";
import { listen, type TestServer } from "./server.ts";

/** The melody that the microphone plays. */
export const SEED = 21;

/** The page at `/client/`, its server and its browser. */
export interface ClientPage extends TestPage, AsyncDisposable {
  readonly server: TestServer;
  /** Presses Connect and waits until the bot is ready. */
  connect(): Promise<void>;
  /** Waits until the page says this. */
  says(sentence: string | RegExp): Promise<void>;
  /** Waits until this stands in the conversation. */
  reads(line: string | RegExp): Promise<void>;
  /** The highest level that a meter shows within half a second, from 0 to 1. */
  level(label: string): Promise<number>;
  /** Records what the page plays. */
  record(
    milliseconds: number,
  ): Promise<{ sampleRate: number; samples: number[] }>;
}

/** How to open the page. */
export interface ClientPageOptions {
  readonly microphone?: FakeMicrophone;
  readonly look?: Look;
  readonly options?: RunnerOptions;
  /** Follows the address, such as `#transport=phone`. */
  readonly hash?: string;
  /** Serves WebSockets, too; the server can then not be killed. */
  readonly sockets?: boolean;
  /** Keeps every RTCPeerConnection of the page in `connections`. */
  readonly watchConnections?: boolean;
}

/** Opens the page; its microphone plays the melody of {@link SEED}. */
export async function clientPage(
  bot: Bot,
  settings: ClientPageOptions = {},
): Promise<ClientPage> {
  const { microphone = melodyWav(SEED), look = {}, watchConnections = false } = settings;
  const options = settings.options ?? { webrtc: weriftPeers() };
  const server = settings.sockets ? await listenToSockets(bot, options) : listen(bot, options);
  const stack = new AsyncDisposableStack();
  stack.use(server);
  try {
    const browser = stack.use(await launchChromium(microphone));
    const opened = await browser.open(`${server.url}/client/${settings.hash ?? ""}`, look);
    if (watchConnections) await opened.page.evaluate(WATCH_CONNECTIONS);
    await opened.page.evaluate(await bundle("record.ts"));
    return {
      ...opened,
      server,
      ...actions(opened.page),
      async [Symbol.asyncDispose]() {
        // Calls end at once while there is somebody at the other end.
        await server.runner.close();
        await stack.disposeAsync();
      },
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function listenToSockets(bot: Bot, options: RunnerOptions): Promise<TestServer> {
  const { assets } = await import("../../src/client/assets.ts");
  const client = () => Promise.resolve(assets);
  const server = await serve(bot, { hostname: "127.0.0.1", port: 0, client, ...options });
  return {
    runner: server.runner,
    url: server.url,
    kill: () => Promise.reject(new Error("Not this one.")),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const WATCH_CONNECTIONS = `
  globalThis.connections = [];
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      connections.push(this);
    }
  };
`;

type Actions = Pick<ClientPage, "connect" | "says" | "reads" | "level" | "record">;

/** What a test does on the page. */
export function actions(page: Page): Actions {
  async function says(sentence: string | RegExp): Promise<void> {
    const status = page.locator(".status");
    try {
      await status.getByText(sentence, { exact: true }).waitFor({
        timeout: 15_000,
      });
    } catch (cause) {
      const said = await status.textContent();
      throw new Error(`The page says "${said}", not "${sentence}".`, { cause });
    }
  }
  return {
    says,
    reads: (line) => page.locator(".line .text").getByText(line, { exact: true }).waitFor(),
    async connect() {
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await says("The bot is ready. Say something.");
    },
    level: (label) =>
      page.evaluate(`(async () => {
        const meter = [...document.querySelectorAll(".meter")]
          .find((other) => other.querySelector(".label").textContent === ${JSON.stringify(label)});
        let level = 0;
        for (let frame = 0; frame < 30; frame++) {
          await new Promise(requestAnimationFrame);
          level = Math.max(level, Number(meter.querySelector(".bar").style.getPropertyValue("--level")));
        }
        return level;
      })()`),
    record: (milliseconds) => page.evaluate(`record(${milliseconds})`),
  };
}

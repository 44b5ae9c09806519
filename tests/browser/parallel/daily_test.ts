/**
 * Pipecat's client SDK on Daily, up to the point where Daily's own servers are needed: the code that
 * daily-js loads from there is replaced by a few lines that write down what they are told.
 */
import assert from "node:assert/strict";
import type { Bot, RunnerArguments } from "../../../src/core/bot.ts";
import { dailyServer, decodeToken } from "../../support/daily_server.ts";
import { bundle } from "../bundle.ts";
import { launchChromium } from "../chromium.ts";
import { melodyWav } from "../known_audio.ts";
import { listen } from "../server.ts";

/** Stands in for Daily's call machine: it takes every message and does nothing. */
const SILENT_MACHINE = `
  const what = "iframe-call-message";
  globalThis.told = [];
  addEventListener("message", ({ data }) => {
    if (data?.what !== what || data.from !== "module") return;
    told.push({ action: data.action, properties: data.properties });
    const { callClientId, callbackStamp } = data;
    const answer = { what, callClientId, callbackStamp, camera: {}, mic: {}, speaker: {} };
    if (callbackStamp) postMessage(answer, "*");
  });
  for (const callClientId of Object.keys(_daily.instances)) {
    postMessage({ what, callClientId, action: "call-machine-initialized" }, "*");
  }
`;
const BUNDLE = /^https:\/\/c\.daily\.co\/call-machine\/.*\/call-machine-object-bundle\.js$/;

async function dailyPage(bot: Bot) {
  const daily = dailyServer();
  const server = listen(bot, { environment: daily.environment });
  const browser = await launchChromium(melodyWav(1));
  const { page } = await browser.open(`${server.url}/status`);
  const asked: string[] = [];
  await page.route(/^https:/, async (route) => {
    const url = route.request().url();
    asked.push(url);
    if (BUNDLE.test(url)) {
      await route.fulfill({ contentType: "text/javascript", body: SILENT_MACHINE });
    } else await route.abort();
  });
  await page.addScriptTag({ content: await bundle("daily_page.ts") });
  return {
    page,
    daily,
    /** What the page asked of hosts that are not this one. */
    asked,
    endpoint: `${server.url}/start`,
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await daily[Symbol.asyncDispose]();
    },
  };
}

interface Told {
  readonly action: string;
  readonly properties?: { readonly url?: string; readonly token?: string };
}

Deno.test("the SDK takes the answer to /start, and joins the room that the bot is in", async () => {
  const bots: RunnerArguments[] = [];
  await using call = await dailyPage((args) => void bots.push(args));
  const request = { createDailyRoom: true, transport: "daily", body: { user: "u1" } };

  const options = JSON.stringify({ endpoint: call.endpoint, requestData: request });
  await call.page.evaluate(`void client.startBotAndConnect(${options})`); // it never connects
  await call.page.waitForFunction(
    `globalThis.told?.some(({ action }) => action === "join-meeting")`,
  );

  const told = await call.page.evaluate(`told`) as Told[];
  const { url, token = "" } = told.at(-1)?.properties ?? {};
  const [args] = bots;
  assert.ok(args?.transport === "daily");
  assert.equal(url, args.roomUrl);
  assert.notEqual(token, args.token, "the bot owns the room, its user does not");
  assert.equal((await decodeToken(token)).r, [...call.daily.rooms.keys()][0]);
  assert.deepEqual(args.body, { user: "u1" });
  assert.deepEqual(await call.page.evaluate(`started`), [
    { dailyRoom: url, dailyToken: token, sessionId: args.sessionId },
  ]);
  assert.equal(await call.page.evaluate(`states.at(-1)`), "connecting");
  assert.ok(call.asked.length === 1 && BUNDLE.test(call.asked[0] ?? ""), String(call.asked));
});

Deno.test("the SDK tells its user which property is wrong", async () => {
  await using call = await dailyPage(() => {});
  const requestData = { createDailyRoom: true, dailyRoomProperties: { max_participants: "many" } };

  const error = await call.page.evaluate(
    `client.startBot(${JSON.stringify({ endpoint: call.endpoint, requestData })})
      .then(() => "none", ({ message, status }) => ({ message, status }))`,
  );

  assert.deepEqual(error, {
    message:
      "dailyRoomProperties.max_participants: Invalid input: expected number, received string.",
    status: 400,
  });
});

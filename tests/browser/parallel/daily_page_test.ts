/**
 * The page on Daily: Pipecat's own transport and daily-js as they are, rooms from the strict server,
 * and a call machine of our own in place of the one that daily-js loads from Daily.
 */
import assert from "node:assert/strict";
import type { RunnerArguments } from "../../../src/core/bot.ts";
import { dailyServer, decodeToken } from "../../support/daily_server.ts";
import { type ClientPage, clientPage, SEED } from "../client_page.ts";
import { assertMelody, listenFor } from "../known_audio.ts";

const BUNDLE = /^https:\/\/c\.daily\.co\/call-machine\/.*\/call-machine-object-bundle\.js$/;

/**
 * A room for one: it opens the microphone, joins, and lets a bot join that says back what it hears,
 * answers the handshake and typed text.
 */
const ECHO_MACHINE = `
  const what = "iframe-call-message";
  const [callClientId] = Object.keys(_daily.instances);
  const tell = (message) => postMessage({ what, callClientId, ...message }, "*");
  const person = (id, local) => ({
    session_id: id, user_id: id, user_name: id, local, audio: true,
    tracks: { audio: { state: "playable" }, video: { state: "off" } },
  });
  const streams = {};
  const cam = {};
  const open = { public: { subscribedTracks: { ALL: true } } };
  const state = { local: { ...open, streams: { cam } }, streams, participants: { bot: open } };
  _daily.instances[callClientId].callMachine = { store: { getState: () => state } };
  globalThis.told = [];
  const rtvi = (type, data, id = "m") =>
    tell({ action: "app-message", fromId: "bot", data: { label: "rtvi-ai", id, type, data } });
  const actions = {
    async "join-meeting"() {
      cam.stream ??= await navigator.mediaDevices.getUserMedia({ audio: true });
      const [track] = cam.stream.getAudioTracks();
      streams.s1 = { participantId: "bot", type: "cam", pendingTrack: track.clone(), starttime: 1 };
      tell({ action: "joined-meeting", participants: { local: person("me", true) } });
      tell({ action: "participant-updated", participant: person("me", true) });
      tell({ action: "participant-joined", participant: person("bot", false) });
    },
    "app-msg"({ data: { type, id, data } }) {
      if (type === "client-ready") rtvi("bot-ready", { version: "2.1.0", about: {} }, id);
      if (type === "send-text") {
        const text = "You wrote: " + data.content;
        rtvi("bot-output", { text, aggregated_by: "sentence", spoken: false });
      }
    },
    "leave-meeting": () => tell({ action: "left-meeting" }),
  };
  addEventListener("message", ({ data }) => {
    if (data?.what !== what || data.from !== "module") return;
    told.push({ action: data.action, properties: data.properties });
    const { callbackStamp } = data;
    if (callbackStamp) tell({ callbackStamp, camera: {}, mic: {}, speaker: {} });
    actions[data.action]?.(data);
  });
  tell({ action: "call-machine-initialized" });
`;

interface DailyPage extends AsyncDisposable {
  readonly client: ClientPage;
  readonly daily: ReturnType<typeof dailyServer>;
  readonly bots: readonly RunnerArguments[];
}

/** Opens the page on Daily; without a machine, Daily's servers are out of reach. */
async function dailyPage(machine?: string): Promise<DailyPage> {
  const stack = new AsyncDisposableStack();
  const daily = stack.use(dailyServer());
  const bots: RunnerArguments[] = [];
  const options = { environment: daily.environment };
  const client = stack.use(
    await clientPage((args) => void bots.push(args), { options, hash: "#transport=daily" }),
  );
  await client.page.route(/^https:/, async (route) => {
    if (!machine || !BUNDLE.test(route.request().url())) return await route.abort();
    await route.fulfill({ contentType: "text/javascript", body: machine });
  });
  return { client, daily, bots, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

Deno.test("the page talks in a room of Daily: sound and text, both ways", async () => {
  await using call = await dailyPage(ECHO_MACHINE);
  const { client, daily, bots } = call;
  const { page } = client;

  await client.connect();
  const played = await listenFor(SEED, client.record);
  const text = page.getByLabel("Text for the bot");
  await text.fill("good morning");
  await text.press("Enter"); // wherever the frame's microphone has taken the focus
  await client.reads("You wrote: good morning");
  const you = await client.level("You");
  const frame = page.frames().find((each) => each.url().endsWith("/daily.html"));
  const told = await frame?.evaluate(`told`) as { action: string; properties?: Told }[];
  await page.getByRole("button", { name: "Disconnect" }).click();
  await client.says("You ended the call.");
  await page.locator("iframe").waitFor({ state: "detached" });

  const { url, token = "" } = told.find(({ action }) => action === "join-meeting")?.properties ??
    {};
  const [args] = bots;
  assert.ok(args?.transport === "daily");
  assert.equal(url, args.roomUrl);
  assert.notEqual(token, args.token, "the bot owns the room, its user does not");
  assert.equal((await decodeToken(token)).r, [...daily.rooms.keys()][0]);
  assert.equal(await page.locator(".session dd").textContent(), args.sessionId);
  assertMelody(played, "played");
  assert.ok(you > 0.1, "the meter moves");
  assert.deepEqual([...client.origins], [client.server.url, "https://c.daily.co"]);
  assert.deepEqual(client.errors, []);
});

interface Told {
  readonly url?: string;
  readonly token?: string;
}

Deno.test("where Daily cannot be reached, the page says so, and starts no bot", async () => {
  await using call = await dailyPage();
  const { client, daily, bots } = call;

  await client.page.getByRole("button", { name: "Connect" }).click();

  await client.says("Daily's code could not be loaded from c.daily.co.");
  const link = client.page.getByRole("link", { name: "open a room in a new tab" });
  assert.equal(await link.getAttribute("href"), `${client.server.url}/daily`);
  assert.equal(bots.length + daily.rooms.size, 0);
});

Deno.test("what Daily complains of is told as Daily's, and the page itself reaches nobody", async () => {
  const machine = ECHO_MACHINE.replace(
    `cam.stream ??=`,
    `return tell({ action: "error", errorMsg: "The meeting is full" }); cam.stream ??=`,
  );
  await using call = await dailyPage(machine);
  const { client } = call;

  await client.page.getByRole("button", { name: "Connect" }).click();
  await client.says("Daily reports: The meeting is full.");
  const reached = await client.page.evaluate(
    `fetch("https://c.daily.co/x").then(() => "reached", () => "refused")`,
  );

  assert.equal(reached, "refused");
  assert.match(client.errors.join(), /Content Security Policy/);
});

Deno.test("where a room of LiveKit cannot be joined, the page says so, and that page reaches nobody", async () => {
  const environment = {
    LIVEKIT_URL: "ws://127.0.0.1:9",
    LIVEKIT_API_KEY: "key",
    LIVEKIT_API_SECRET: "a-secret-of-at-least-32-characters",
  };
  await using client = await clientPage(() => {}, {
    options: { environment },
    hash: "#transport=livekit",
  });

  await client.page.getByRole("button", { name: "Connect" }).click();
  await client.says("The LiveKit room could not be joined.");
  const reached = await client.page.evaluate(
    `fetch("http://127.0.0.1:9/").then(() => "reached", ({ message }) => message)`,
  );

  assert.equal(await client.page.locator("iframe").count(), 0);
  assert.match(client.errors.join(), /Content Security Policy/);
  assert.match(String(reached), /fetch/);
});

import assert from "node:assert/strict";
import { dailyServer } from "../support/daily_server.ts";
import { start } from "./daily_runner.ts";

Deno.test("a visit to /daily starts the bot and leads to its room", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);

  const response = await runner.get("/daily");

  const [args] = runner.calls;
  assert.ok(args?.transport === "daily");
  assert.deepEqual([response.status, response.headers.get("location")], [307, args.roomUrl]);
  assert.deepEqual(args.body, {});
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("x-session-id"), args.sessionId);
});

const TYPED = {
  "sec-fetch-site": "none",
  "sec-fetch-dest": "document",
  "sec-fetch-mode": "navigate",
};
const FOREIGN: readonly (readonly [name: string, headers: Readonly<Record<string, string>>])[] = [
  ["an img", {
    "sec-fetch-site": "cross-site",
    "sec-fetch-dest": "image",
    referer: "https://evil.test/",
  }],
  ["an img without a referrer", { "sec-fetch-site": "cross-site", "sec-fetch-dest": "image" }],
  ["a link", { "sec-fetch-site": "cross-site", "sec-fetch-dest": "document" }],
  ["a page of a sibling host", { "sec-fetch-site": "same-site", "sec-fetch-dest": "document" }],
  ["an img to a host that is not encrypted", { referer: "http://evil.test/" }],
  ["an img to such a host, without a referrer", { accept: "image/avif,image/webp,*/*;q=0.8" }],
  ["a form", { origin: "null" }],
  ["an img of the page's own", {
    ...TYPED,
    "sec-fetch-site": "same-origin",
    "sec-fetch-dest": "image",
  }],
  ["a frame", { ...TYPED, "sec-fetch-site": "same-origin", "sec-fetch-dest": "iframe" }],
  ["a browser that guesses what is typed", { ...TYPED, "sec-purpose": "prefetch;prerender" }],
  ["a referrer that is none", { referer: "nonsense" }],
];
for (const [name, headers] of FOREIGN) {
  Deno.test(`${name} does not start a bot by way of /daily`, async () => {
    await using daily = dailyServer();
    await using runner = start(daily);

    const response = await runner.get("/daily", "GET", headers);

    assert.equal(response.status, 403);
    assert.deepEqual([daily.requests.length, runner.calls.length], [0, 0]);
  });
}

Deno.test("who types the address of /daily, follows the runner's own page or is a program gets a room", async () => {
  await using daily = dailyServer();
  await using runner = start(daily, { allowedOrigins: ["https://friend.test"] });
  const visits: Readonly<Record<string, string>>[] = [
    TYPED,
    { accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
    { ...TYPED, "sec-fetch-site": "same-origin", referer: "http://bot.test/client/" },
    { ...TYPED, "sec-fetch-site": "cross-site", referer: "https://friend.test/" },
    { accept: "*/*", "user-agent": "curl/8" },
    { accept: "*/*", "sec-fetch-mode": "cors" }, // fetch of Node
  ];

  for (const headers of visits) {
    assert.equal((await runner.get("/daily", "GET", headers)).status, 307);
  }
});

Deno.test("looking at /daily without visiting it starts nothing", async () => {
  await using daily = dailyServer();
  await using runner = start(daily);

  const answers = [await runner.get("/daily", "HEAD"), await runner.post("/daily", {})];

  assert.deepEqual(answers.map(({ status }) => status), [405, 405]);
  assert.deepEqual([daily.requests.length, runner.calls.length], [0, 0]);
});

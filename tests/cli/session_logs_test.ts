/**
 * What the runner shows of its log, and to whom.
 */
import assert from "node:assert/strict";
import { createSessionLogs } from "../../src/cli/session_logs.ts";
import { folderWith, type Running, start } from "./child.ts";

const TOKEN = "a-start-token-of-32-characters-x";
const BOT = `
import { createTransport, type RunnerArguments } from "jsr:@pipecat/runner";
function total(order: { items?: string[] }): number {
  return order.items!.length;
}
export async function bot(args: RunnerArguments): Promise<void> {
  await using _transport = await createTransport(args);
  console.log("the key is", Deno.env.get("MODEL_API_KEY"), "\\x1b[31mred");
  total({});
}
`;

/** Begins a session over a WebSocket, and waits for its end; returns its id. */
async function failingSession({ url }: Running, headers: HeadersInit = {}): Promise<string> {
  const response = await fetch(new URL("/start", url), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ transport: "websocket" }),
  });
  const { wsUrl } = await response.json();
  const socket = new WebSocket(wsUrl);
  await new Promise((resolve) => socket.onclose = resolve);
  return new URL(wsUrl).pathname.split("/").at(-1)!;
}

Deno.test("how a bot failed and what it printed is shown to this machine, and to nobody else", async () => {
  await using folder = await folderWith({ "bot.ts": BOT });
  await using runner = await start(["bot.ts", "--port", "0"], {
    cwd: folder.path,
    env: { MODEL_API_KEY: "a-secret-of-this-machine" },
  });
  const id = await failingSession(runner);
  await runner.printed("ended after");
  const url = new URL(`/logs/${id}`, runner.url);

  const response = await fetch(url);
  const { lines, fault } = await response.json();

  assert.equal(response.headers.get("access-control-allow-origin"), null);
  assert.match(fault.message, /^TypeError: Cannot read properties of undefined/);
  const { file, line, source, firstLine } = fault.place;
  assert.equal(`${file}:${line}`, "bot.ts:4");
  assert.equal(source[line - firstLine], "  return order.items!.length;");
  assert.match(fault.stack, /^at total \(file:.*bot\.ts:4:/);
  const said = lines.find((text: string) => text.startsWith("the key is"));
  assert.match(said, /^the key is \[redacted\] /);
  assert.ok(!lines.join("").includes("\x1b"), "no control characters");
  assert.ok(!lines.join("").includes("a-secret-of-this-machine"));

  const tunnelled = await fetch(url, { headers: { "x-forwarded-for": "203.0.113.7" } });
  const other = await fetch(new URL("/logs/another", runner.url));
  assert.deepEqual([tunnelled.status, other.status], [404, 404]);
  await Promise.all([tunnelled.body?.cancel(), other.body?.cancel()]);
});

Deno.test("who has the start token sees the log through a tunnel, too", async () => {
  await using folder = await folderWith({ "bot.ts": BOT });
  await using runner = await start(["bot.ts", "--port", "0", "--start-token", TOKEN], {
    cwd: folder.path,
  });
  const authorization = `Bearer ${TOKEN}`;
  const id = await failingSession(runner, { authorization });
  await runner.printed("ended after");
  const read = async (authorization: string) => {
    const headers = { authorization, "x-forwarded-for": "203.0.113.7" };
    const response = await fetch(new URL(`/logs/${id}`, runner.url), { headers });
    await response.body?.cancel();
    return response.status;
  };

  assert.equal(await read(authorization), 200);
  assert.equal(await read("Bearer another"), 404);
});

Deno.test("whatever a bot throws is shown, also what cannot be turned into text", async () => {
  const { feature } = createSessionLogs({ redact: (text) => text });
  const error = Object.assign(Object.create(null), { status: 429 });
  const end = { outcome: "failed", error } as const;

  await feature.session?.({ id: "s1", transport: "websocket" }, () => Promise.resolve(end));
  const answer = await feature.routes?.fetch(new Request("http://localhost/logs/s1"), {});

  assert.match((await answer?.json()).fault.message, /status: 429/);
});

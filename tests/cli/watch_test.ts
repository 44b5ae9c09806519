/**
 * `--watch`: changes of the bot's code reach the next session.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { folderWith, type Running, start } from "./child.ts";

const BOT = `
import { createTransport, type RunnerArguments } from "jsr:@pipecat/runner";
import { greeting } from "./greeting.ts";
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  console.log("greeting is", greeting);
  await transport.readable.pipeTo(new WritableStream());
  console.log("and at the end", greeting);
}
`;
const greeting = (text: string) => `export const greeting: string = ${text};\n`;

/** Begins a session over a WebSocket. */
async function session({ url }: Running): Promise<WebSocket> {
  const response = await fetch(new URL("/start", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ transport: "websocket" }),
  });
  const { wsUrl } = await response.json();
  const socket = new WebSocket(wsUrl);
  await new Promise((resolve) => socket.onopen = resolve);
  return socket;
}

/** Ends it; resolves when the socket is closed. */
async function end(socket: WebSocket): Promise<void> {
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
}

Deno.test("a change reaches new sessions, live ones keep their code, and an error keeps the last good code", async () => {
  await using folder = await folderWith({ "bot.ts": BOT, "greeting.ts": greeting('"one"') });
  const write = (text: string) =>
    Deno.writeTextFile(join(folder.path, "greeting.ts"), greeting(text));
  await using runner = await start(["bot.ts", "--watch", "--port", "0"], { cwd: folder.path });
  const changes = await fetch(new URL("/watch", runner.url));
  const reader = changes.body!.pipeThrough(new TextDecoderStream()).getReader();
  const told = async () => JSON.parse((await reader.read()).value!.replace("data: ", ""));
  assert.deepEqual(await told(), { version: 0 });
  const first = await session(runner);
  await runner.printed("greeting is one");

  await write('"two"');
  assert.deepEqual(await told(), { version: 1 });
  const second = await session(runner);
  await runner.printed("greeting is two");

  await write('"thr');
  const { version, problem } = await told();
  assert.equal(version, 2);
  assert.match(problem, /bot\.ts cannot be loaded: .*greeting\.ts/);
  await runner.printed("new sessions run the last one");
  await end(await session(runner));
  await runner.printed("and at the end two");

  await write('"four"');
  assert.deepEqual(await told(), { version: 3 });
  const fourth = await session(runner);
  await runner.printed("greeting is four");
  await end(first);
  await runner.printed("and at the end one");
  await Promise.all([end(second), end(fourth)]);
  await reader.cancel();
});

Deno.test("only this machine is told of changes, and a runner that is told to stop stops", async () => {
  await using folder = await folderWith({ "bot.ts": BOT, "greeting.ts": greeting('"one"') });
  await using runner = await start(["bot.ts", "--watch", "--port", "0"], { cwd: folder.path });
  const url = new URL("/watch", runner.url);
  const tunnelled = await fetch(url, { headers: { "x-forwarded-for": "203.0.113.7" } });
  await tunnelled.body?.cancel();
  const followed = await fetch(url);

  runner.kill("SIGINT");

  const { code } = await runner.ended;
  assert.deepEqual([tunnelled.status, code], [404, 0]);
  await followed.body?.cancel().catch(() => {});
});

import assert from "node:assert/strict";
import type { EvalRunnerArguments, RunnerArguments } from "../../src/core/bot.ts";
import type { Socket } from "../../src/core/duplex.ts";
import { createRunner, type RunnerOptions } from "../../src/runner.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { createTransport } from "../../src/transports/create.ts";

const HERE = "ws://localhost:7860/ws";
const ELSEWHERE = "ws://192.168.1.7:7860/ws";
const FLAGS = { skip_tts: true, capture_bot_audio: false, capture_bot_images: false };

const own = (t: string, d?: unknown, id = t) =>
  JSON.stringify({ label: "rtvi-ai", type: "client-message", id, data: { t, d } });
const CONNECT = own("eval-connect", FLAGS);

/** A runner whose bot answers typed text as a model would, and a harness at its `/ws`. */
async function harness(url = HERE, options: RunnerOptions = {}) {
  const platform = memoryPlatform();
  const calls: RunnerArguments[] = [];
  const runner = createRunner(async (args) => {
    calls.push(args);
    await using transport = await createTransport(args);
    const { rtvi } = transport;
    for await (const message of rtvi.messages) {
      if (message.type !== "send-text") continue;
      rtvi.send("bot-llm-started");
      rtvi.send("bot-llm-text", { text: message.data.content.toUpperCase() });
      rtvi.send("bot-llm-stopped");
    }
  }, options);
  const socket = await platform.connect(runner, url);
  return { socket, calls, platform, runner };
}

/** Reads messages up to the first of a type. */
async function readUpTo(socket: Socket, type: string): Promise<Record<string, unknown>[]> {
  const read: Record<string, unknown>[] = [];
  const reader = socket.readable.getReader();
  while (read.at(-1)?.type !== type) {
    const { value, done } = await reader.read();
    assert.ok(!done, `no ${type} came`);
    assert.ok(typeof value === "string"); // the harness reads nothing else
    read.push(JSON.parse(value));
  }
  reader.releaseLock();
  return read;
}

async function refusal(url: string, options: RunnerOptions): Promise<number> {
  try {
    const { socket } = await harness(url, options);
    socket.close();
    return 101;
  } catch (error) {
    return (error as { status: number }).status; // a RunnerError of memoryPlatform
  }
}

Deno.test("the first message of a harness begins an eval, which the harness ends", async () => {
  const { socket, calls, platform } = await harness(`${HERE}?skip_tts=true`, {
    runnerBody: { a: 1 },
  });

  socket.send(CONNECT);
  socket.send(JSON.stringify({
    label: "rtvi-ai",
    type: "client-ready",
    id: "1",
    data: { version: "2.2.0", about: { library: "eval", platform: null } },
  }));
  socket.send(JSON.stringify({
    label: "rtvi-ai",
    type: "send-text",
    id: "2",
    data: { content: "hi", options: { run_immediately: true, audio_response: false } },
  }));
  const heard = await readUpTo(socket, "bot-llm-stopped");
  socket.send(own("eval-cancel"));
  const { closeCode } = await socket.closed;
  await platform.settled();

  assert.deepEqual(heard.map(({ type }) => type), [
    "bot-ready",
    "user-input",
    "bot-llm-started",
    "bot-llm-text",
    "bot-llm-stopped",
  ]);
  assert.deepEqual(heard[3]?.data, { text: "HI" });
  assert.equal(closeCode, 1000);
  const [args] = calls as EvalRunnerArguments[];
  assert.equal(args?.transport, "eval");
  assert.deepEqual(args?.body, { a: 1 });
  assert.deepEqual(args?.flags, {
    skipTts: true,
    captureBotAudio: false,
    captureBotImages: false,
  });
  assert.ok(args?.signal.aborted);
});

Deno.test("a bot that fails tells the harness why", async () => {
  const platform = memoryPlatform();
  const runner = createRunner(() => Promise.reject(new Error("no model")));
  const socket = await platform.connect(runner, HERE);

  socket.send(CONNECT);
  const [message] = await readUpTo(socket, "error");
  await socket.closed;

  assert.equal((message?.data as { fatal: boolean }).fatal, true);
  await platform.settled();
});

for (
  const [who, url, options] of [
    ["a program elsewhere", ELSEWHERE, {}],
    ["a program here, with a public address", HERE, {
      publicUrl: "https://bot.test",
      insecureCarriers: true,
    }],
    ["a program here, with a start token", HERE, {
      startToken: "a-long-start-token",
      insecureCarriers: true,
    }],
  ] as const
) {
  Deno.test(`${who} is told that it may run no evals`, async () => {
    const { socket, calls } = await harness(url, options);

    socket.send(CONNECT);
    const { closeCode, reason } = await socket.closed;

    assert.equal(closeCode, 1008);
    assert.match(reason ?? "", /--eval/);
    assert.deepEqual(calls, []);
  });
}

Deno.test("with the option for it, evals come from elsewhere too", async () => {
  const { socket, platform } = await harness(ELSEWHERE, { evals: true });

  socket.send(CONNECT);
  socket.send(JSON.stringify({ label: "rtvi-ai", type: "client-ready", id: "1", data: {} }));
  await readUpTo(socket, "bot-ready");
  socket.close();
  await platform.settled();
});

Deno.test("where WebSockets need a token, an eval is refused before its first message", async () => {
  assert.equal(await refusal(HERE, { wsAuth: "token", evals: true }), 403);
});

Deno.test("a harness here is let in though every carrier has to sign, and nobody else is", async () => {
  const environment = { TWILIO_AUTH_TOKEN: "secret" };
  assert.equal(await refusal(ELSEWHERE, { environment }), 403);
  assert.equal(await refusal(HERE, { environment, evals: false }), 403);

  const { socket, platform } = await harness(HERE, { environment });
  socket.send(CONNECT);
  socket.send(JSON.stringify({ label: "rtvi-ai", type: "client-ready", id: "1", data: {} }));
  await readUpTo(socket, "bot-ready");
  socket.close();
  await platform.settled();

  const carrier = await harness(HERE, { environment });
  carrier.socket.send(JSON.stringify({
    event: "start",
    streamSid: "MZ1",
    start: { streamSid: "MZ1", callSid: "CA1" },
  }));
  assert.deepEqual(await carrier.socket.closed, {
    closeCode: 1008,
    reason: "Not signed by twilio",
  });
  assert.deepEqual(carrier.calls, []);
});

Deno.test("only the first message may say that a stream is an eval", async () => {
  const { socket, calls } = await harness();

  socket.send(JSON.stringify({ event: "connected" }));
  socket.send(CONNECT);
  socket.send(JSON.stringify({
    event: "start",
    streamSid: "MZ1",
    start: { streamSid: "MZ1", callSid: "CA1" },
  }));
  await new Promise((resolve) => setTimeout(resolve, 0));
  socket.close();
  await socket.closed;

  assert.deepEqual(calls.map(({ transport }) => transport), ["twilio"]);
});

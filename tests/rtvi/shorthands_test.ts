import assert from "node:assert/strict";
import { rtviEndpoint } from "../../src/rtvi/endpoint.ts";
import type { RtviServerMessage } from "../../src/rtvi/protocol.ts";

function client(version = "2.2.0") {
  const messages: RtviServerMessage[] = [];
  const pressed: string[] = [];
  const endpoint = rtviEndpoint({
    send: (message) => void messages.push(message),
    press: (digit) => void pressed.push(digit),
    disconnect() {},
  });
  const receive = (type: string, data: unknown) =>
    endpoint.receive({ id: "1", label: "rtvi-ai", type, data });
  receive("client-ready", { version, about: { library: "test" } });
  messages.length = 0;
  return { channel: endpoint.channel, messages, pressed, receive };
}

/** The messages, without what differs from call to call. */
const plain = (messages: readonly RtviServerMessage[]) =>
  messages.map(({ type, data }) => {
    const { timestamp: _, tool_call_id: __, ...rest } = data as Record<string, unknown>;
    return [type, rest];
  });

Deno.test("what the user said is told once for each version of clients", () => {
  const { channel, messages } = client();

  channel.userSaid("good mor", { final: false });
  channel.userSaid("good morning", { userId: "ann" });

  assert.deepEqual(plain(messages), [
    ["user-input", { text: "good mor", final: false, input_type: "transcription" }],
    ["stt-raw-text", { text: "good mor", final: false, user_id: "" }],
    ["user-transcription", { text: "good mor", final: false, user_id: "" }],
    ["user-input", {
      text: "good morning",
      final: true,
      input_type: "transcription",
      user_id: "ann",
    }],
    ["stt-raw-text", { text: "good morning", final: true, user_id: "ann" }],
    ["user-transcription", { text: "good morning", final: true, user_id: "ann" }],
  ]);
  const [input] = messages;
  assert.ok(Date.parse((input?.data as { timestamp: string }).timestamp) > 0);
});

Deno.test("a tool is told while it runs, with its result and the time that it took", async () => {
  const { channel, messages } = client();

  const result = await channel.tool("weather", { city: "Rome" }, async ({ city }) => {
    assert.deepEqual(messages.map(({ type }) => type), [
      "llm-function-call-started",
      "llm-function-call-in-progress",
    ]);
    await Promise.resolve();
    return { city, degrees: 21 };
  });

  assert.deepEqual(result, { city: "Rome", degrees: 21 });
  const metrics = messages.pop();
  assert.deepEqual(plain(messages), [
    ["llm-function-call-started", { function_name: "weather" }],
    ["llm-function-call-in-progress", { function_name: "weather", arguments: { city: "Rome" } }],
    ["llm-function-call-stopped", { function_name: "weather", cancelled: false, result }],
  ]);
  const [, { data: progress }, { data: stopped }] = messages as [
    RtviServerMessage,
    { data: { tool_call_id: string } },
    { data: { tool_call_id: string } },
  ];
  assert.equal(progress.tool_call_id, stopped.tool_call_id);
  const { processing } = metrics?.data as { processing: { processor: string; value: number }[] };
  assert.equal(processing[0]?.processor, "weather");
  assert.ok(processing[0].value >= 0 && processing[0].value < 1);
});

Deno.test("a tool that fails or is cancelled is told, and its error is the bot's", async () => {
  const { channel, messages } = client();
  const failure = new Error("no such city");

  await assert.rejects(channel.tool("weather", {}, () => Promise.reject(failure)), failure);
  await assert.rejects(channel.tool("weather", {}, () => AbortSignal.abort().throwIfAborted()));

  const stopped = messages.filter(({ type }) => type === "llm-function-call-stopped");
  assert.deepEqual(plain(stopped).map(([, data]) => data), [
    { function_name: "weather", cancelled: false, result: { error: "no such city" } },
    {
      function_name: "weather",
      cancelled: true,
      result: { error: "The signal has been aborted" },
    },
  ]);
});

Deno.test("what is no JSON is left out of what is told, and returned all the same", async () => {
  const { channel, messages } = client();

  assert.equal(await channel.tool("count", { from: 1n }, () => 2n), 2n);

  assert.deepEqual(plain(messages).slice(1, 3), [
    ["llm-function-call-in-progress", { function_name: "count" }],
    ["llm-function-call-stopped", { function_name: "count", cancelled: false }],
  ]);
});

Deno.test("metrics are sent as they are", () => {
  const { channel, messages } = client();
  const metrics = { ttfb: [{ processor: "tts", value: 0.2 }] };

  channel.metrics(metrics);

  assert.deepEqual(plain(messages), [["metrics", metrics]]);
});

Deno.test("keys of either form are pressed, and are no messages", async () => {
  const { channel, pressed, receive } = client();

  receive("dtmf", { buttons: ["1", "x", "#"] });
  receive("dtmf", { button: "A" });
  receive("client-message", { t: "after" });

  assert.deepEqual(pressed, ["1", "#", "A"]);
  const { value } = await channel.messages.getReader().read();
  assert.equal(value?.type, "client-message");
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { type RtviEndpoint, rtviEndpoint } from "../../src/rtvi/endpoint.ts";
import type { RtviServerMessage } from "../../src/rtvi/protocol.ts";
import type { BotCapabilities, RtviServerData } from "../../src/rtvi/server_messages.ts";

function endpoint(options: { handshake?: boolean; capabilities?: BotCapabilities } = {}) {
  const sent: RtviServerMessage[] = [];
  const state = { disconnected: false };
  const rtvi: RtviEndpoint = rtviEndpoint({
    send: (message) => void sent.push(message),
    disconnect: () => state.disconnected = true,
    ...options,
  });
  return { rtvi, sent, state };
}

function client(type: string, data?: unknown, id = "a1") {
  return { id, label: "rtvi-ai", type, ...(data === undefined ? {} : { data }) };
}
const ready = (version?: string) =>
  client("client-ready", {
    ...(version === undefined ? {} : { version }),
    about: { library: "x" },
  });

Deno.test("a ready client of this version is told that the bot is ready, under its own id", async () => {
  const { rtvi, sent } = endpoint();

  const taken = rtvi.receive(ready("2.2.0"));

  assert.ok(taken);
  assert.deepEqual(sent, [{
    id: "a1",
    label: "rtvi-ai",
    type: "bot-ready",
    data: {
      version: "2.2.0",
      about: { library: "@pipecat/runner" },
      capabilities: {
        audio_in: true,
        audio_out: true,
        video_in: false,
        screen_in: false,
        video_out: false,
      },
    },
  }]);
  assert.equal(await rtvi.channel.clientReady, "2.2.0");
});

Deno.test("what a bot says of itself goes before what its transport knows", () => {
  const { rtvi, sent } = endpoint({ capabilities: { metrics: true, audio_out: false } });

  rtvi.receive(ready("2.1.0"));

  const { capabilities } = sent[0]?.data as RtviServerData["bot-ready"];
  assert.equal(capabilities?.metrics, true);
  assert.equal(capabilities?.audio_out, false);
  assert.equal(capabilities?.audio_in, true);
});

Deno.test("text is acknowledged under its id, with who sent it where that is known", () => {
  const { rtvi, sent } = endpoint();

  rtvi.receive(client("send-text", { content: "hi" }, "m7"), "anna");

  const [{ type, data }] = sent as [RtviServerMessage];
  assert.equal(type, "user-input");
  const { timestamp, ...input } = data as RtviServerData["user-input"];
  assert.deepEqual(input, {
    text: "hi",
    input_type: "chat",
    final: true,
    user_id: "anna",
    msg_id: "m7",
  });
  assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 60_000);
});

Deno.test("a bot that opts out of the handshake acknowledges text itself", () => {
  const { rtvi, sent } = endpoint({ handshake: false });

  rtvi.receive(client("send-text", { content: "hi" }));

  assert.deepEqual(sent, []);
});

const RAW = { text: "hi", user_id: "", timestamp: "2026-11-30T12:00:00Z", final: true };
for (
  const [version, heard] of [["2.2.0", true], ["3.0.0", true], ["2.1.0", false], ["1.4.0", false]]
) {
  Deno.test(`a client of ${version} is ${heard ? "" : "not "}sent raw text and backchannels`, () => {
    const { rtvi, sent } = endpoint();
    const send = () => {
      rtvi.channel.send("stt-raw-text", RAW);
      rtvi.channel.send("llm-raw-text", { text: "hi" });
      rtvi.channel.send("tts-raw-text", { text: "hi" });
      rtvi.channel.send("bot-output", {
        text: "mhm",
        output_type: "backchannel",
        segment_id: 1,
        will_be_spoken: true,
        spoken_status: "new",
      });
    };

    send(); // nobody is ready yet
    rtvi.receive(ready(String(version)));
    sent.length = 0;
    send();
    rtvi.channel.send("user-input", { ...RAW, input_type: "transcription" });

    assert.equal(sent.length, heard ? 5 : 1);
    assert.equal(sent.at(-1)?.type, "user-input");
  });
}

Deno.test("fields that were renamed are sent under all their names", () => {
  const { rtvi, sent } = endpoint();

  rtvi.channel.send("error", { error: "no", fatal: false });
  rtvi.channel.send("bot-output", { text: "a", aggregated_by: "word", spoken: false });

  assert.deepEqual(sent.map(({ data }) => data), [
    { error: "no", message: "no", fatal: false },
    { text: "a", output_type: "word", text_type: "word", aggregated_by: "word", spoken: false },
  ]);
});

Deno.test("a file is read in both forms, and null stands for what is missing", async () => {
  const { rtvi } = endpoint();
  const bytes = { type: "bytes", bytes: "AAAA", width: null, height: 2 };
  const url = { type: "bytes", url: "pipecat:1" }; // what it has goes before what it says of itself
  rtvi.receive(client("send-file", { content: "", file: { format: "image/png", source: bytes } }));
  rtvi.receive(
    client("send-file", {
      content: "See",
      file: { format: "text/plain", name: null, source: url },
      options: null,
    }),
  );
  rtvi.end();

  const files: unknown[] = [];
  for await (const { data } of rtvi.channel.messages) {
    files.push(JSON.parse(JSON.stringify(data))); // undefined is absent
  }

  assert.deepEqual(files, [
    {
      content: "",
      file: { format: "image/png", source: { type: "bytes", bytes: "AAAA", height: 2 } },
    },
    { content: "See", file: { format: "text/plain", source: { type: "url", url: "pipecat:1" } } },
  ]);
});

for (
  const [why, source] of Object.entries({
    "of no form": {},
    "whose type tells a third": { type: "path", bytes: "", url: "" },
    "without a word of where it is": { type: "url" },
    "whose bytes are no text": { type: "bytes", bytes: [0] },
  })
) {
  Deno.test(`a file ${why} is refused by name`, () => {
    const { rtvi, sent } = endpoint();

    rtvi.receive(client("send-file", { content: "", file: { format: "a/b", source } }));

    assert.equal(sent[0]?.type, "error-response");
    assert.match(JSON.stringify(sent[0]), /send-file: data\.file\.source/);
  });
}

Deno.test("a version 1 client is told its own version back", () => {
  const { rtvi, sent } = endpoint();

  rtvi.receive(ready("1.2.0"));

  assert.deepEqual(sent.map(({ type, data }) => [type, (data as { version: string }).version]), [
    ["bot-ready", "1.2.0"],
  ]);
});

for (const version of ["3.0.0", "0.3.0", "2.1", "latest", undefined]) {
  Deno.test(`version ${version} is refused by name, and the session goes on`, () => {
    const { rtvi, sent } = endpoint();

    rtvi.receive(ready(version));

    assert.deepEqual(sent.map(({ type, id }) => [type, id]), [
      ["error-response", "a1"],
      ["bot-ready", "a1"],
    ]);
  });
}

Deno.test("a bot that opts out gets the handshake itself", async () => {
  const { rtvi, sent } = endpoint({ handshake: false });

  rtvi.receive(ready("2.2.0"));
  const { value } = await rtvi.channel.messages.getReader().read();

  assert.equal(value?.type, "client-ready");
  assert.deepEqual(sent, []);
});

Deno.test("a client message is read, answered and refused under its id", async () => {
  const { rtvi, sent } = endpoint();
  rtvi.receive(client("client-message", { t: "ping", d: 1 }, "m1"));
  rtvi.receive(client("send-text", { content: "hi" }, "m2"));
  rtvi.end();

  for await (const message of rtvi.channel.messages) {
    if (message.type === "client-message") rtvi.channel.respond(message, "pong");
    else rtvi.channel.refuse(message, "not now");
  }

  assert.deepEqual(sent.filter(({ type }) => type !== "user-input"), [
    { id: "m1", label: "rtvi-ai", type: "server-response", data: { t: "ping", d: "pong" } },
    { id: "m2", label: "rtvi-ai", type: "error-response", data: { error: "not now" } },
  ]);
});

Deno.test("an unknown type and a wrong shape are refused under their id", () => {
  const { rtvi, sent } = endpoint();

  rtvi.receive(client("append-to-context", {}, "m1"));
  rtvi.receive(client("send-text", { content: 7 }, "m2"));
  rtvi.receive(client("constructor", {}, "m3"));

  assert.deepEqual(sent.map(({ type, id }) => [type, id]), [
    ["error-response", "m1"],
    ["error-response", "m2"],
    ["error-response", "m3"],
  ]);
  assert.match(JSON.stringify(sent[0]), /Unsupported type append-to-context/);
  assert.match(JSON.stringify(sent[1]), /send-text: data\.content/);
});

Deno.test("disconnect-bot ends the session", () => {
  const { rtvi, state } = endpoint();

  rtvi.receive(client("disconnect-bot", {}));

  assert.ok(state.disconnected);
});

Deno.test("a message that nobody reads is dropped when 256 newer ones wait", async () => {
  const { rtvi } = endpoint();
  for (let n = 0; n < 300; n++) rtvi.receive(client("client-message", { t: "n", d: n }));
  rtvi.end();

  const read: unknown[] = [];
  for await (const { data } of rtvi.channel.messages) read.push((data as { d: number }).d);

  assert.equal(read.length, 256);
  assert.equal(read[0], 44);
});

Deno.test("whatever arrives, the channel neither throws nor takes what is not RTVI", () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const { rtvi } = endpoint();
      const labelled = typeof value === "object" && value !== null && "label" in value &&
        value.label === "rtvi-ai";
      assert.ok(!rtvi.receive(value) || labelled);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("whatever data a known type carries, it is read or refused", () => {
  const types = fc.constantFrom(
    "client-ready",
    "client-message",
    "send-text",
    "send-file",
    "dtmf",
    "raw-audio",
    "ui-event",
    "llm-function-call-result",
  );
  fc.assert(
    fc.property(types, fc.anything(), (type, data) => {
      const { rtvi } = endpoint();
      assert.ok(rtvi.receive(client(type, data)));
    }),
    { numRuns: 5000 },
  );
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { type RtviEndpoint, rtviEndpoint } from "../../src/rtvi/channel.ts";
import type { RtviServerMessage } from "../../src/rtvi/protocol.ts";

function endpoint(options: { handshake?: boolean } = {}) {
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

  const taken = rtvi.receive(ready("2.1.0"));

  assert.ok(taken);
  assert.deepEqual(sent, [{
    id: "a1",
    label: "rtvi-ai",
    type: "bot-ready",
    data: { version: "2.1.0", about: { library: "@pipecat/runner" } },
  }]);
  assert.equal(await rtvi.channel.clientReady, "2.1.0");
});

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

  rtvi.receive(ready("2.1.0"));
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

  assert.deepEqual(sent, [
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

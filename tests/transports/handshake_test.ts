import assert from "node:assert/strict";
import fc from "fast-check";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { createHandshake, readHandshake } from "../../src/ways/phone/handshake.ts";
import { fakeSocket } from "../support/fake_socket.ts";

const ALL = Object.values(CARRIERS);
const CONNECTED = `{"event":"connected","protocol":"Call","version":"1.0.0"}`;
const STARTS: [carrier: string, start: object, streamId: string, callId: string][] = [
  [
    "twilio",
    { event: "start", streamSid: "MZ1", start: { streamSid: "MZ1", callSid: "CA1" } },
    "MZ1",
    "CA1",
  ],
  ["twilio", { event: "start", start: { streamSid: "mock", callSid: "mock" } }, "mock", "mock"],
  [
    "telnyx",
    {
      event: "start",
      stream_id: "S1",
      start: { call_control_id: "v3:T", media_format: { encoding: "PCMU", sample_rate: 8000 } },
    },
    "S1",
    "v3:T",
  ],
  ["plivo", { event: "start", start: { streamId: "P1", callId: "C1" } }, "P1", "C1"],
  [
    "exotel",
    { event: "start", stream_sid: "E1", start: { stream_sid: "E1", call_sid: "X1" } },
    "E1",
    "X1",
  ],
];

for (const [name, start, streamId, callId] of STARTS) {
  for (const before of [[], [CONNECTED], [CONNECTED, "{", `{"event":"news"}`]]) {
    Deno.test(`${name} starts as ${callId} after ${before.length} other messages`, () => {
      const take = createHandshake(ALL);
      const early = before.map((message) => take(message));
      const result = take(JSON.stringify(start));

      assert.ok(early.every((result) => result === undefined));
      assert.ok(result?.kind === "started");
      assert.equal(result.carrier.name, name);
      assert.equal(result.start.callData.streamId, streamId);
      assert.equal(result.start.callData.callId, callId);
    });
  }
}

Deno.test("a carrier that is not expected does not start", () => {
  const take = createHandshake([CARRIERS.plivo]);

  assert.equal(take(JSON.stringify(STARTS[0]![1])), undefined);
});

Deno.test("a start that cannot be used is refused, with what to change", () => {
  const take = createHandshake(ALL);
  const start = { call_control_id: "c", media_format: { encoding: "G722", sample_rate: 8000 } };
  const result = take(JSON.stringify({ event: "start", stream_id: "S", start }));

  assert.ok(result?.kind === "refused");
  assert.equal(result.close.closeCode, 4400);
  assert.match(result.close.reason ?? "", /codec/);
});

Deno.test("a start is read from bytes and behind a byte order mark, with what came too early", () => {
  const start = JSON.stringify(STARTS[0]![1]);
  const media = Array.from({ length: 500 }, (_, n) => `{"event":"media","media":{"chunk":${n}}}`);
  const key = `{"event":"dtmf","dtmf":{"digit":"1"}}`;
  const take = createHandshake(ALL);
  for (const message of [...media, CONNECTED, key]) assert.equal(take(message), undefined);
  const bytes = take(new TextEncoder().encode(start));
  const marked = createHandshake(ALL)(`\uFEFF${start}`);

  assert.ok(bytes?.kind === "started" && marked?.kind === "started");
  assert.deepEqual(bytes.early, [...media, key]);
  assert.deepEqual(marked.early, []);
});

Deno.test("an event whose name is no text is nothing that came too early", () => {
  const take = createHandshake(ALL);
  const deep = "[".repeat(9000) + "]".repeat(9000);

  for (const event of [`{"toString":1,"valueOf":1}`, deep, `["media"]`, "7", "null"]) {
    assert.equal(take(`{"event":${event}}`), undefined);
  }
  const result = take(JSON.stringify(STARTS[0]![1]));

  assert.ok(result?.kind === "started");
  assert.deepEqual(result.early, []);
});

Deno.test("audio without end before the start is refused", () => {
  const take = createHandshake(ALL);
  const media = JSON.stringify({ event: "media", media: { payload: "A".repeat(1 << 18) } });
  const results = Array.from({ length: 5 }, () => take(media));

  assert.equal(results.findIndex((result) => result?.kind === "refused"), 3);
});

Deno.test("too many messages and too much text are refused", () => {
  const many = createHandshake(ALL);
  const results = Array.from({ length: 17 }, () => many(CONNECTED));
  const large = createHandshake(ALL)("x".repeat(65_537));

  assert.deepEqual(results.findIndex((result) => result !== undefined), 16);
  assert.equal(large?.kind === "refused" && large.close.closeCode, 1008);
});

Deno.test("no message makes the reader throw, and none but a start starts", () => {
  const message = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({
      event: fc.constantFrom("start", "media", "connected", 7),
      start: fc.anything(),
      stream_id: fc.anything(),
    }, { requiredKeys: [] }).map((value) => JSON.stringify(value) ?? ""),
  );
  fc.assert(
    fc.property(message, (text) => {
      const result = createHandshake(ALL)(text);
      return result?.kind !== "started" ||
        result.start.callData.callId !== "";
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("what comes right behind the start is left for the bot", async () => {
  const { socket, arrive, leave } = fakeSocket();
  arrive(STARTS[0]![1]);
  arrive("first media");
  const result = await readHandshake(socket, ALL);
  arrive("second media");
  const read: unknown[] = [];
  socket.receive((message) => read.push(message));
  leave();

  assert.equal(result?.kind, "started");
  assert.deepEqual(read, ["first media", "second media"]);
});

Deno.test("a silent socket is refused after the deadline", async () => {
  const { socket, leave } = fakeSocket();
  const result = await readHandshake(socket, ALL, undefined, 5);
  leave();

  assert.equal(result?.kind === "refused" && result.close.closeCode, 1008);
});

Deno.test("a socket that is left before the start is no call", async () => {
  const { socket, arrive, leave } = fakeSocket();
  arrive(CONNECTED);
  const reading = readHandshake(socket, ALL);
  leave();

  assert.equal(await reading, undefined);
});

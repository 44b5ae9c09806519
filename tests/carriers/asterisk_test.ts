import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { createRunner } from "../../src/runner.ts";
import { call } from "../../src/testing/mod.ts";
import { answering, listen } from "../testing/telephone.ts";
import { request, upgrade } from "./signed_request.ts";
import { NO_QUERY } from "./stream.ts";

const { asterisk } = CARRIERS;
const ENVIRONMENT = { ASTERISK_STREAM_USERNAME: "ast", ASTERISK_STREAM_PASSWORD: "pass:word" };

// As Asterisk 22.10.1 sends them: plain text, and JSON with f(json).
const PLAIN = "MEDIA_START connection_id:bot channel:WebSocket/bot/0x7f8a98003fc0 " +
  "channel_id:1796037430.5 format:ulaw optimal_frame_size:160 ptime:20";
const JSON_START = {
  event: "MEDIA_START",
  connection_id: "bot",
  channel: "WebSocket/bot/0x7f8a88003f70",
  channel_id: "1796037416.2",
  format: "slin16",
  optimal_frame_size: 640,
  ptime: 20,
  channel_variables: { MEDIA_WEBSOCKET_CONNECTION_ID: "bot", CAMPAIGN: "spring" },
};
const QUERY = new URLSearchParams("from=%2B15550107777&to=100&note=a%20b");

function open(message: unknown) {
  return asterisk.serializer(asterisk.readStart(message, NO_QUERY)!);
}

Deno.test("Asterisk: the start tells the channel, and the address what the dialplan has added", () => {
  const json = asterisk.readStart(JSON_START, QUERY);
  const plain = asterisk.readStart(PLAIN, QUERY);

  assert.deepEqual(json, {
    callData: {
      streamId: "WebSocket/bot/0x7f8a88003f70",
      callId: "1796037416.2",
      from: "+15550107777",
      to: "100",
      body: {
        MEDIA_WEBSOCKET_CONNECTION_ID: "bot",
        CAMPAIGN: "spring",
        from: "+15550107777",
        to: "100",
        note: "a b",
      },
      raw: JSON_START,
    },
    audio: { encoding: "l16", sampleRate: 16_000 },
  });
  assert.equal(plain?.callData.callId, "1796037430.5");
  assert.equal(plain?.callData.streamId, "WebSocket/bot/0x7f8a98003fc0");
  assert.deepEqual(plain?.callData.body, { from: "+15550107777", to: "100", note: "a b" });
  assert.deepEqual(plain?.audio, { encoding: "mulaw", sampleRate: 8_000 });
});

Deno.test("Asterisk: an early version without ids of channels has its name for one", () => {
  const { channel_id: _, ...early } = JSON_START;
  assert.equal(asterisk.readStart(early, NO_QUERY)?.callData.callId, JSON_START.channel);
});

Deno.test("Asterisk: formats that can be streamed are read, others refused with what to change", () => {
  const audioOf = (format: unknown) =>
    asterisk.readStart({ ...JSON_START, format }, NO_QUERY)?.audio;

  assert.deepEqual(audioOf("alaw"), { encoding: "alaw", sampleRate: 8_000 });
  assert.deepEqual(audioOf("slin"), { encoding: "l16", sampleRate: 8_000 });
  assert.deepEqual(audioOf("slin48"), { encoding: "l16", sampleRate: 48_000 });
  for (const format of ["opus", "constructor", "", undefined]) {
    assert.throws(() => audioOf(format), { code: "bad_start", message: /dial with c\(…\)/ });
  }
  for (const other of ["MEDIA_XON", "", "hello", null, {}, { event: "STATUS" }]) {
    assert.equal(asterisk.readStart(other, NO_QUERY), undefined);
  }
});

Deno.test("Asterisk: both of its languages are understood", () => {
  const plain = open(PLAIN);
  const json = open(JSON_START);
  const cases: [plain: string, json: Record<string, unknown>, expected: unknown][] = [
    ["DTMF_END digit:A channel_id:1.2", { event: "DTMF_END", digit: "A" }, {
      type: "dtmf",
      digit: "A",
    }],
    ["MEDIA_MARK_PROCESSED 7", { event: "MEDIA_MARK_PROCESSED", correlation_id: "7" }, {
      type: "mark",
      name: "7",
    }],
    ["MEDIA_BUFFERING_COMPLETED 7", { event: "MEDIA_BUFFERING_COMPLETED", correlation_id: "7" }, {
      type: "mark",
      name: "7",
    }],
    ["MEDIA_XOFF", { event: "MEDIA_XOFF" }, { type: "ignored" }],
    ["MEDIA_XON", { event: "MEDIA_XON" }, { type: "ignored" }],
    ["QUEUE_DRAINED", { event: "QUEUE_DRAINED" }, { type: "ignored" }],
    ["STATUS channel_id:1.2 queue_length:0 queue_full:false", { event: "STATUS" }, {
      type: "ignored",
    }],
    ["ERROR channel_id:1.2 error_text:not supported", { event: "ERROR", error_text: "x" }, {
      type: "malformed",
      detail: "Asterisk reports an error",
    }],
  ];
  for (const [text, value, expected] of cases) {
    assert.deepEqual(plain.parse(text), expected, text);
    assert.deepEqual(json.parse(JSON.stringify({ channel_id: "1.2", ...value })), expected, text);
  }
  for (const text of ["", "hello", "{", "[]", '"x"', "{}", "DTMF_END digit:E", "DTMF_END"]) {
    assert.equal(plain.parse(text).type, "malformed", text);
  }
});

Deno.test("Asterisk: audio is bytes in the stream's own format", () => {
  const ulaw = open(PLAIN);
  const slin16 = open(JSON_START);
  const samples = Int16Array.from({ length: 320 }, (_, i) => i * 7 - 900);
  const bytes = new Uint8Array(samples.buffer.slice(0));

  assert.deepEqual(slin16.parse(bytes), { type: "media", samples, timestamp: 0 });
  assert.deepEqual(slin16.parse(bytes), { type: "media", samples, timestamp: 20 });
  assert.equal(slin16.parse(bytes.slice(1)).type, "malformed");
  assert.deepEqual(slin16.media(samples), bytes);
  assert.deepEqual(ulaw.parse(new Uint8Array(160).fill(0xff)), {
    type: "media",
    samples: new Int16Array(160),
    timestamp: 0,
  });
  const [first, second] = [ulaw.media(Int16Array.of(0)), ulaw.media(Int16Array.of(-8000))];
  assert.notDeepEqual(first, second, "a message is not written over by the next");
});

Deno.test("Asterisk: messages are whole frames, and no longer than it takes", () => {
  assert.deepEqual(open(PLAIN).size, { min: 160, max: 65_535, multiple: 160 });
  assert.deepEqual(open(JSON_START).size, { min: 320, max: 65_535 / 2, multiple: 320 });
  const unsaid = open({ ...JSON_START, optimal_frame_size: 0 });
  assert.deepEqual(unsaid.size.multiple, 320);
});

Deno.test("Asterisk: it is spoken to in the language that it speaks", () => {
  const [plain, json] = [open(PLAIN), open(JSON_START)];

  assert.deepEqual([plain.mark("7"), plain.clear()], ["STOP_MEDIA_BUFFERING 7", "FLUSH_MEDIA"]);
  assert.deepEqual([json.mark("7"), json.clear()].map((text) => JSON.parse(text)), [
    { command: "STOP_MEDIA_BUFFERING", correlation_id: "7" },
    { command: "FLUSH_MEDIA" },
  ]);
});

Deno.test("Asterisk: no message makes the parser throw", () => {
  const serializers = [open(PLAIN), open(JSON_START)];
  const event = fc.tuple(
    fc.constantFrom("DTMF_END", "MEDIA_START", "STATUS", "MEDIA_MARK_PROCESSED", "__proto__"),
    fc.string(),
  ).map((parts) => parts.join(" "));
  fc.assert(fc.property(fc.oneof(event, fc.string(), fc.json()), (text) => {
    for (const { parse } of serializers) parse(text);
    try {
      asterisk.readStart(text, NO_QUERY);
    } catch (error) {
      assert.equal(Object(error).code, "bad_start");
    }
  }));
});

Deno.test("Asterisk: a stream needs the name and the password of its connection", async () => {
  const account = asterisk.account(ENVIRONMENT);
  const ask = (authorization: string) =>
    upgrade(account, request("GET", "ws://bot.example.com/ws", { authorization }));
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

  assert.ok(await ask(basic("ast:pass:word")));
  assert.ok(!await ask(basic("ast:pass")));
  assert.ok(!await ask("Bearer x"));
});

Deno.test("Asterisk and Exotel, which use the same header, keep apart", async () => {
  const environment = {
    ...ENVIRONMENT,
    EXOTEL_STREAM_USERNAME: "exo",
    EXOTEL_STREAM_PASSWORD: "secret",
  };
  const { runner, answered } = answering(listen, { environment });
  const open = (carrier: "asterisk" | "exotel", secret: string) =>
    call(runner, { carrier, secret, streamUrl: "/ws", pace: "fast" });

  await using _caller = await open("asterisk", "ast:pass:word");
  assert.equal((await answered).args.transport, "asterisk");
  await (await open("exotel", "exo:secret"))[Symbol.asyncDispose]();
  await assert.rejects(open("exotel", "ast:wrong"), { code: "stream_refused", status: 403 });
  const other = await open("exotel", "ast:pass:word"); // Asterisk's password, and Exotel's messages
  assert.equal((await other.ended).by, "server");
});

Deno.test("Asterisk asks nobody: it has no webhook, and is off for the world without its secret", async () => {
  const world = { publicUrl: "https://bot.example.com" };
  const stream = { carrier: "asterisk", pace: "fast" } as const;

  const webhook = await createRunner(() => {}).fetch(new Request("https://bot.test/asterisk"));
  assert.equal(webhook.status, 404);
  const open = createRunner(() => {}, world);
  await assert.rejects(call(open, stream), { status: 403 });
  const proven = createRunner(listenOnly, { ...world, environment: ENVIRONMENT });
  await (await call(proven, { ...stream, secret: "ast:pass:word" }))[Symbol.asyncDispose]();
});

function listenOnly(): void {}

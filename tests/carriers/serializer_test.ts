import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import type { CarrierAudio, CarrierEvent } from "../../src/core/carrier.ts";
import {
  ALAW_SILENCE,
  FROM_CARRIER,
  JSON_CARRIERS,
  type JsonCarrier,
  MULAW_SILENCE,
} from "./messages.ts";
import { media, open } from "./stream.ts";

Deno.test("every message that a carrier documents is understood", () => {
  const silence = new Int16Array(160);
  const l16 = new Int16Array(800);
  const common = {
    connected: { type: "ignored" },
    start: { type: "ignored" },
    startAnonymous: { type: "ignored" },
    startL16: { type: "ignored" },
    mark: { type: "mark", name: "m-1" },
    stop: { type: "stop" },
  };
  const expected: Record<JsonCarrier, Record<string, unknown>> = {
    twilio: {
      ...common,
      media: { type: "media", samples: silence, timestamp: 0 },
      dtmf: { type: "dtmf", digit: "1" },
    },
    telnyx: {
      ...common,
      media: { type: "media", samples: silence, timestamp: 20, chunk: 2 },
      dtmf: { type: "dtmf", digit: "1" },
      error: { type: "malformed", detail: "Telnyx reports error 100005" },
    },
    plivo: {
      ...common,
      media: { type: "media", samples: silence, timestamp: 0 },
      dtmf: { type: "dtmf", digit: "5" },
      markPlayed: { type: "mark", name: "m-1" },
      cleared: { type: "cleared" },
    },
    exotel: {
      ...common,
      media: { type: "media", samples: l16, timestamp: 200 },
      dtmf: { type: "dtmf", digit: "5" },
    },
  };
  for (const name of JSON_CARRIERS) {
    const serializer = open(name);
    for (const [kind, message] of Object.entries(FROM_CARRIER[name])) {
      const event = serializer.parse(JSON.stringify(message));
      assert.deepEqual(event, expected[name][kind], `${name} ${kind}`);
    }
  }
});

Deno.test("what is sent is exactly what each carrier documents", () => {
  const samples = new Int16Array(160);
  const sent = (name: JsonCarrier, audio?: Partial<CarrierAudio>) => {
    const serializer = open(name, audio);
    const messages = [serializer.media(samples), serializer.mark(`a "b"\n`), serializer.clear()];
    return messages.map((message) => JSON.parse(message));
  };
  const { streamSid } = FROM_CARRIER.twilio.start;
  const { start: { streamId } } = FROM_CARRIER.plivo.start;
  const { stream_sid } = FROM_CARRIER.exotel.start;
  const mark = { name: `a "b"\n` };
  const l16 = Buffer.alloc(320).toString("base64");

  assert.deepEqual(sent("twilio"), [
    { event: "media", streamSid, media: { payload: MULAW_SILENCE } },
    { event: "mark", streamSid, mark },
    { event: "clear", streamSid },
  ]);
  assert.deepEqual(sent("telnyx"), [
    { event: "media", media: { payload: MULAW_SILENCE } },
    { event: "mark", mark },
    { event: "clear" },
  ]);
  assert.deepEqual(sent("telnyx", { encoding: "alaw" })[0].media.payload, ALAW_SILENCE);
  const mulaw = { contentType: "audio/x-mulaw", sampleRate: 8000, payload: MULAW_SILENCE };
  assert.deepEqual(sent("plivo"), [
    { event: "playAudio", streamId, media: mulaw },
    { event: "checkpoint", streamId, ...mark },
    { event: "clearAudio", streamId },
  ]);
  assert.deepEqual(sent("plivo", { encoding: "l16", sampleRate: 16000 })[0].media, {
    contentType: "audio/x-l16",
    sampleRate: 16000,
    payload: l16,
  });
  assert.deepEqual(sent("exotel"), [
    { event: "media", stream_sid, media: { payload: l16 } },
    { event: "mark", stream_sid, mark },
    { event: "clear", stream_sid },
  ]);
  assert.deepEqual(JSON.parse(open("plivo").dtmf!("#")), { event: "sendDTMF", dtmf: "#" });
  for (const name of ["twilio", "telnyx", "exotel"] as const) assert.ok(!("dtmf" in open(name)));
});

Deno.test("an id of a stream cannot break out of its message", () => {
  const streamId = `x","event":"clear`;
  const callData = { streamId, callId: "c", body: {}, raw: {} };
  const audio = { encoding: "mulaw", sampleRate: 8000 } as const;
  for (const name of ["twilio", "plivo", "exotel"] as const) {
    const serializer = CARRIERS[name].serializer({ callData, audio });
    for (
      const text of [serializer.media(new Int16Array(1)), serializer.mark("m"), serializer.clear()]
    ) {
      const message = JSON.parse(String(text));
      assert.equal(message.streamSid ?? message.streamId ?? message.stream_sid, streamId);
    }
  }
});

Deno.test("the page that plays Twilio leaves out all that is not needed", () => {
  const serializer = open("twilio");
  const message = JSON.stringify({ event: "media", media: { payload: MULAW_SILENCE } });

  const times = Array.from({ length: 3 }, () => {
    const event = serializer.parse(message);
    assert.ok(event.type === "media");
    return event.timestamp;
  });

  assert.deepEqual(times, [0, 20, 40]);
});

Deno.test("a time that is missing or wrong goes on from the last one", () => {
  const serializer = open("telnyx");
  const wrong = [undefined, null, "", "x", "-1", "1e999", {}, -5];

  const first = serializer.parse(media("telnyx", { timestamp: "1000" }));
  assert.ok(first.type === "media" && first.timestamp === 1000);
  for (const [index, timestamp] of wrong.entries()) {
    const event = serializer.parse(media("telnyx", { timestamp, chunk: undefined }));
    assert.ok(event.type === "media");
    assert.equal(event.timestamp, 1020 + 20 * index);
    assert.equal(event.chunk, undefined);
  }
});

Deno.test("Plivo's clock on the wall becomes the time since the stream began", () => {
  const serializer = open("plivo");
  const times = ["1795330800000", 1795330800020, "1795330800060", "1795330799000"].map(
    (timestamp) => {
      const event = serializer.parse(media("plivo", { timestamp }));
      return event.type === "media" ? event.timestamp : undefined;
    },
  );

  assert.deepEqual(times, [0, 20, 60, 0]);
});

Deno.test("the bot's own track is ignored", () => {
  for (const name of JSON_CARRIERS) {
    for (const track of ["outbound", "outbound_track"]) {
      assert.deepEqual(open(name).parse(media(name, { track })), { type: "ignored" });
    }
    for (const track of ["inbound", "inbound_track", undefined]) {
      assert.equal(open(name).parse(media(name, { track })).type, "media");
    }
  }
});

Deno.test("all sixteen keys are read, and nothing else", () => {
  for (const name of JSON_CARRIERS) {
    const serializer = open(name);
    const press = (digit: unknown) =>
      serializer.parse(JSON.stringify({ ...FROM_CARRIER[name].dtmf, dtmf: { digit } }));
    for (const digit of "0123456789*#ABCD") assert.deepEqual(press(digit), { type: "dtmf", digit });
    for (const digit of ["E", "a", "10", "", " ", 5, null, ["1"], undefined]) {
      assert.equal(press(digit).type, "malformed");
    }
  }
});

Deno.test("what cannot be used is malformed, and nothing of it is repeated", () => {
  const secret = "S3CRETxx";
  for (const name of JSON_CARRIERS) {
    const serializer = open(name);
    const messages = [
      "",
      secret,
      `"${secret}"`,
      "null",
      "[]",
      "7",
      "{}",
      `{"event":7}`,
      `{"event":null,"x":"${secret}"}`,
      `{"event":"media"}`,
      `{"event":"media","media":"${secret}"}`,
      `{"event":"media","media":[]}`,
      media(name, { payload: undefined }),
      media(name, { payload: 7 }),
      media(name, { payload: `${secret}!` }),
      media(name, { payload: "A" }),
      media(name, { payload: "AAA=A" }),
      `{"event":"dtmf"}`,
      `{"event":"dtmf","dtmf":"${secret}"}`,
      "[".repeat(100_000),
      `{"event":"media","media":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
    ];
    for (const message of messages) {
      const event = serializer.parse(message);
      assert.ok(event.type === "malformed", `${name} ${message.slice(0, 40)}`);
      assert.ok(!event.detail.includes(secret));
    }
    const mark = name === "plivo" ? `{"event":"playedStream"}` : `{"event":"mark","mark":{}}`;
    assert.equal(serializer.parse(mark).type, "malformed");
  }
  const half = media("exotel", { payload: Buffer.alloc(3).toString("base64") });
  assert.equal(open("exotel").parse(half).type, "malformed");
});

Deno.test("events that nobody knows are ignored, also those named like parts of the language", () => {
  for (const name of JSON_CARRIERS) {
    for (const event of ["future", "constructor", "__proto__", "toString", "", "start"]) {
      assert.deepEqual(open(name).parse(JSON.stringify({ event })), { type: "ignored" });
    }
    assert.deepEqual(open(name).parse(media(name, { payload: "" })), { type: "ignored" });
  }
});

Deno.test("events in capitals, as bytes, or behind a byte order mark are read", () => {
  for (const name of JSON_CARRIERS) {
    const stop = open(name).parse(JSON.stringify({ event: "STOP" }));
    const bytes = open(name).parse(new TextEncoder().encode(` {"event":"stop"}\n`));
    const marked = open(name).parse(`\uFEFF{"event":"stop"}`);

    assert.deepEqual([stop, bytes, marked].map(({ type }) => type), ["stop", "stop", "stop"]);
    assert.equal(open(name).parse(new Uint8Array([0xff, 0x7f, 0])).type, "malformed");
  }
});

Deno.test("parse never throws, whatever arrives", () => {
  const word = fc.constantFrom(
    ..."event media dtmf mark stop start connected payload track digit name clearedAudio".split(
      " ",
    ),
    ..."playedStream played error timestamp chunk code outbound inbound __proto__".split(" "),
  );
  const leaf = fc.oneof(word, fc.jsonValue(), fc.base64String({ maxLength: 24 }));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, fc.dictionary(word, tie("value"), { maxKeys: 5 })),
  }));
  const json = value.map((one) => JSON.stringify(one));
  const cut = fc.tuple(json, fc.nat(), fc.string({ unit: "binary", maxLength: 3 })).map(
    ([text, at, other]) => {
      const index = at % (text.length + 1);
      return text.slice(0, index) + other + text.slice(index + 1);
    },
  );
  const real = fc.constantFrom(
    ...JSON_CARRIERS.flatMap((name) => Object.values(FROM_CARRIER[name])),
  )
    .map((message) => JSON.stringify(message));
  const broken = fc.tuple(real, fc.nat(), fc.string({ unit: "binary", maxLength: 2 })).map(
    ([text, at, other]) =>
      text.slice(0, at % text.length) + other + text.slice(at % text.length + 1),
  );
  const types = ["media", "dtmf", "mark", "cleared", "stop", "ignored", "malformed"];
  const serializers = JSON_CARRIERS.map((name) => open(name));
  fc.assert(
    fc.property(fc.oneof(json, cut, broken, fc.string({ unit: "binary" })), (message) => {
      for (const serializer of serializers) {
        const event: CarrierEvent = serializer.parse(message);
        assert.ok(types.includes(event.type));
        if (event.type === "media") {
          assert.ok(event.samples.length > 0 && event.timestamp >= 0 && event.timestamp < Infinity);
        }
      }
    }),
    { numRuns: 10_000 },
  );
});

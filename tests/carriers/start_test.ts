import assert from "node:assert/strict";
import fc from "fast-check";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import { RunnerError } from "../../src/core/error.ts";
import { FROM_CARRIER, JSON_CARRIERS } from "./messages.ts";
import { NO_QUERY } from "./stream.ts";
import { assertCode } from "./refusal.ts";

const { twilio, telnyx, exotel } = CARRIERS;

Deno.test("the table of carriers has each under its own name", () => {
  assert.deepEqual(CARRIER_NAMES, Object.keys(CARRIERS));
});

Deno.test("each carrier reads its own start message and no other", () => {
  for (const name of JSON_CARRIERS) {
    for (const sender of JSON_CARRIERS) {
      for (const [kind, message] of Object.entries(FROM_CARRIER[sender])) {
        const start = CARRIERS[name].readStart(message, NO_QUERY);
        const expected = name === sender && kind.startsWith("start");
        assert.equal(start !== undefined, expected, `${name} reads ${kind} of ${sender}`);
      }
    }
  }
});

Deno.test("Twilio: the numbers come from the parameters, and all of them are the body", () => {
  const raw = FROM_CARRIER.twilio.start;

  const start = twilio.readStart(raw, NO_QUERY);

  assert.deepEqual(start, {
    callData: {
      streamId: raw.start.streamSid,
      callId: raw.start.callSid,
      from: "+14155550199",
      to: "+14155550100",
      body: raw.start.customParameters,
      raw,
    },
    audio: { encoding: "mulaw", sampleRate: 8000 },
  });
});

Deno.test("Twilio: the prebuilt page sends two ids and nothing else", () => {
  const raw = { event: "start", start: { streamSid: "mock", callSid: "mock" } };

  const start = twilio.readStart(raw, NO_QUERY);

  assert.deepEqual(start?.callData, { streamId: "mock", callId: "mock", body: {}, raw });
  assert.deepEqual(start?.audio, { encoding: "mulaw", sampleRate: 8000 });
});

Deno.test("Telnyx: numbers, client state and parameters are there", () => {
  const raw = FROM_CARRIER.telnyx.start;

  const start = telnyx.readStart(raw, NO_QUERY);

  assert.deepEqual(start, {
    callData: {
      streamId: raw.stream_id,
      callId: raw.start.call_control_id,
      from: "+14155550199",
      to: "+14155550100",
      body: { client_state: "eyJhIjoxfQ==", customer_id: "customer_123" },
      raw,
      clientState: `{"a":1}`,
    },
    audio: { encoding: "mulaw", sampleRate: 8000 },
  });
});

Deno.test("Telnyx: an anonymous caller has no number", () => {
  const start = telnyx.readStart(FROM_CARRIER.telnyx.startAnonymous, NO_QUERY);

  assert.ok(start && !("from" in start.callData));
  assert.deepEqual(start.callData.body, {});
  assert.deepEqual(start.audio, { encoding: "alaw", sampleRate: 8000 });
});

Deno.test("Telnyx: the rate of 16-bit samples is the announced one", () => {
  const start = telnyx.readStart(FROM_CARRIER.telnyx.startL16, NO_QUERY);

  assert.deepEqual(start?.audio, { encoding: "l16", sampleRate: 16000 });
});

Deno.test("Telnyx: another codec is refused with what to change", () => {
  for (const encoding of ["G722", "OPUS", "AMR-WB", 7, {}, "__proto__"]) {
    const { start } = FROM_CARRIER.telnyx.start;
    const media_format = { ...start.media_format, encoding };
    const message = { ...FROM_CARRIER.telnyx.start, start: { ...start, media_format } };
    assertCode(() => telnyx.readStart(message, NO_QUERY), "bad_start", /bidirectionalCodec.*PCMU/);
  }
});

Deno.test("Exotel: snake case, a rate in text, parameters in any form", () => {
  const raw = FROM_CARRIER.exotel.start;
  const read = (custom_parameters: unknown, media_format: unknown = raw.start.media_format) =>
    exotel.readStart(
      { ...raw, start: { ...raw.start, custom_parameters, media_format } },
      NO_QUERY,
    );

  assert.deepEqual(exotel.readStart(raw, NO_QUERY), {
    callData: {
      streamId: raw.start.stream_sid,
      callId: raw.start.call_sid,
      from: "+919876543210",
      to: "+918047491899",
      body: { key1: "value1" },
      raw,
    },
    audio: { encoding: "l16", sampleRate: 16000 },
  });
  assert.deepEqual(read(`{"a":"1"}`)?.callData.body, { a: "1" });
  assert.deepEqual(read("a=1&b=x%20y,z")?.callData.body, { a: "1", b: "x y,z" });
  assert.deepEqual(read(undefined)?.callData.body, {});
  assert.equal(read({}, {})?.audio.sampleRate, 8000);
  for (const sample_rate of ["7999", "24000.5", "fast", -8000, 1e9, {}]) {
    assertCode(() => read({}, { sample_rate }), "bad_start", /sample rate/);
  }
});

Deno.test("a start without an id is refused, whichever is missing", () => {
  const ids = { twilio: "streamSid", telnyx: "stream_id", plivo: "streamId", exotel: "stream_sid" };
  const calls = {
    twilio: "callSid",
    telnyx: "call_control_id",
    plivo: "callId",
    exotel: "call_sid",
  };
  for (const name of JSON_CARRIERS) {
    for (const missing of [ids[name], calls[name]]) {
      for (const value of [undefined, "", null, 7]) {
        const text = JSON.stringify(
          FROM_CARRIER[name].start,
          (key, old) => key === missing ? value : old,
        );
        assertCode(
          () => CARRIERS[name].readStart(JSON.parse(text), NO_QUERY),
          "bad_start",
          /no id for the/,
        );
      }
    }
  }
});

Deno.test("Twilio: another codec is refused", () => {
  const { start } = FROM_CARRIER.twilio.start;
  const message = { event: "start", start: { ...start, mediaFormat: { encoding: "audio/opus" } } };
  assertCode(() => twilio.readStart(message, NO_QUERY), "bad_start", /audioFormat/);
});

Deno.test("a start message may leave its event out, but not have another one", () => {
  for (const name of JSON_CARRIERS) {
    const { event: _, ...rest } = FROM_CARRIER[name].start;
    assert.ok(CARRIERS[name].readStart(rest, NO_QUERY));
    assert.equal(CARRIERS[name].readStart({ ...rest, event: "media" }, NO_QUERY), undefined);
  }
});

Deno.test("whatever comes first, it is a start, no start, or an error that says so", () => {
  const key = fc.constantFrom(
    ..."event start streamSid callSid stream_id call_control_id streamId callId stream_sid call_sid"
      .split(" "),
    ..."media_format mediaFormat encoding sample_rate sampleRate custom_parameters from".split(" "),
    ..."customParameters extra_headers".split(" "),
  );
  const leaf = fc.oneof(
    fc.constantFrom("start", "PCMU", "audio/x-l16", "8000", 8000),
    fc.jsonValue(),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, fc.dictionary(key, tie("value"), { maxKeys: 6 })),
  }));
  fc.assert(
    fc.property(value, (message) => {
      for (const name of CARRIER_NAMES) {
        try {
          const start = CARRIERS[name].readStart(message, NO_QUERY);
          if (start) assert.ok(start.callData.streamId && start.callData.callId);
        } catch (error) {
          assert.ok(error instanceof RunnerError && error.code === "bad_start");
        }
      }
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("dialects of a start: capitals, media types, a rate beside the codec, what is left out", () => {
  const read = (name: keyof typeof CARRIERS, message: unknown) => {
    const start = CARRIERS[name].readStart(message, NO_QUERY);
    return start && [start.callData.streamId, start.callData.callId, start.audio];
  };
  const mulaw = { encoding: "mulaw", sampleRate: 8000 };
  const twilioStart = (mediaFormat: unknown) => ({
    event: "Start",
    start: { StreamSid: "MZ1", CALLSID: "CA1", MediaFormat: mediaFormat },
  });
  for (const encoding of ["audio/x-mulaw", "AUDIO/X-MULAW", "PCMU", "audio/mulaw;rate=8000", ""]) {
    assert.deepEqual(read("twilio", twilioStart({ encoding })), ["MZ1", "CA1", mulaw]);
  }
  assert.deepEqual(read("twilio", twilioStart(null)), ["MZ1", "CA1", mulaw]);
  const telnyxOf = (media_format: unknown) => ({
    event: "start",
    start: { stream_id: "S1", call_control_id: "v3:1", media_format },
  });
  assert.deepEqual(read("telnyx", telnyxOf({ encoding: "pcmu", sample_rate: "8000" })), [
    "S1",
    "v3:1",
    mulaw,
  ]);
  assert.deepEqual(read("telnyx", telnyxOf({ encoding: "l16", sample_rate: "16000" }))?.[2], {
    encoding: "l16",
    sampleRate: 16000,
  });
  const plivoOf = (mediaFormat: unknown) => ({
    event: "start",
    streamId: "P1",
    start: { callId: "C1", mediaFormat },
  });
  assert.deepEqual(read("plivo", plivoOf({ encoding: "audio/x-l16;rate=16000" })), ["P1", "C1", {
    encoding: "l16",
    sampleRate: 16000,
  }]);
  const exotelOf = { event: "start", stream_sid: "E1", start: { call_sid: "X1" } };
  assert.deepEqual(read("exotel", exotelOf), ["E1", "X1", { encoding: "l16", sampleRate: 8000 }]);
});

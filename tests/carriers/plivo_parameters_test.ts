import assert from "node:assert/strict";
import fc from "fast-check";
import { CARRIERS } from "../../src/ways/phone/carriers/mod.ts";
import { extraHeaders, readExtraHeaders } from "../../src/ways/phone/carriers/plivo_headers.ts";
import { FROM_CARRIER } from "./messages.ts";
import { parseXml } from "./oracles.ts";
import { NO_QUERY } from "./stream.ts";
import { assertCode } from "./refusal.ts";

const { plivo } = CARRIERS;

Deno.test("Plivo: the numbers travel in the headers", () => {
  const parameters = { from_number: "14155550199", to_number: "14155550100", agent: "a1" };
  const raw = { ...FROM_CARRIER.plivo.start, extra_headers: extraHeaders(parameters) };

  const start = plivo.readStart(raw, NO_QUERY);

  assert.deepEqual(start, {
    callData: {
      streamId: raw.start.streamId,
      callId: raw.start.callId,
      from: "14155550199",
      to: "14155550100",
      body: parameters,
      raw,
    },
    audio: { encoding: "mulaw", sampleRate: 8000 },
  });
});

Deno.test("Plivo: headers are understood in every documented form", () => {
  const read = (extra_headers: unknown) =>
    plivo.readStart({ ...FROM_CARRIER.plivo.start, extra_headers }, NO_QUERY)?.callData.body;

  assert.deepEqual(read("userId=12345;sessionId=abc-xyz"), {
    userId: "12345",
    sessionId: "abc-xyz",
  });
  assert.deepEqual(read("test1=12,test2=123"), { test1: "12", test2: "123" });
  assert.deepEqual(read("a=1%202;b=x,y=z"), { a: "1 2", b: "x,y=z" });
  assert.deepEqual(read("a=100%;b"), { a: "100%" });
  assert.deepEqual(read("{}"), {});
  assert.deepEqual(read(`{"a":"1","b":{"c":2}}`), { a: "1", b: { c: 2 } });
  assert.deepEqual(read({ a: "1" }), { a: "1" });
  for (const nothing of ["", "{", "[1]", undefined, null, 7, "=", ";;"]) {
    assert.deepEqual(read(nothing), {});
  }
  assert.deepEqual(read("pipecat=theirs"), { pipecat: "theirs" });
});

Deno.test("Plivo: the codec is the announced one, and any other is refused", () => {
  const read = (mediaFormat: unknown) =>
    plivo.readStart({
      ...FROM_CARRIER.plivo.start,
      start: { ...FROM_CARRIER.plivo.start.start, mediaFormat },
    }, NO_QUERY)?.audio;

  assert.deepEqual(plivo.readStart(FROM_CARRIER.plivo.startL16, NO_QUERY)?.audio, {
    encoding: "l16",
    sampleRate: 16000,
  });
  assert.deepEqual(read(undefined), { encoding: "mulaw", sampleRate: 8000 });
  assert.deepEqual(read({ encoding: "audio/x-l16;rate=8000", sampleRate: "8000" }), {
    encoding: "l16",
    sampleRate: 8000,
  });
  assertCode(() => read({ encoding: "audio/x-opus" }), "bad_start", /contentType/);
});

Deno.test("Plivo: what a header is made of comes back, within 512 letters and digits", () => {
  const text = fc.string({ unit: "binary-ascii", maxLength: 12 });
  const word = fc.stringMatching(/^[A-Za-z0-9_]{1,12}$/);
  const parameters = fc.dictionary(
    fc.oneof(word, text),
    fc.oneof(
      word,
      text,
      fc.string({
        unit: "grapheme",
      }),
    ),
    { maxKeys: 6 },
  );
  fc.assert(
    fc.property(parameters, (sent) => {
      const headers = extraHeaders(sent);
      assert.ok(headers.length <= 512);
      assert.match(headers, /^([A-Za-z0-9]+=[A-Za-z0-9]+(,[A-Za-z0-9]+=[A-Za-z0-9]+)*)?$/);
      // Plivo may hand them over with either separator.
      for (const received of [headers, headers.replaceAll(",", ";")]) {
        const got = readExtraHeaders(received);
        for (const [name, value] of Object.entries(got)) {
          assert.equal(value, sent[name]?.toWellFormed());
        }
        const short = JSON.stringify(sent).length < 80;
        if (short) assert.equal(Object.keys(got).length, Object.keys(sent).length);
      }
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("Plivo: a name is not taken for another that an earlier call had in its place", () => {
  const calls = ["\\", '"', "\n", "\\\\"].map((name) => ({ first: "_", [name]: "1" }));

  const read = calls.map((sent) => readExtraHeaders(extraHeaders(sent)));

  assert.deepEqual(read, calls);
});

Deno.test("Plivo: parameters that are too long are left out, the first ones stay", async () => {
  const parameters = {
    from_number: "14155550199",
    to_number: "14155550100",
    note: "n".repeat(500),
  };

  const answer = plivo.webhook!.answer({
    callId: "c1",
    url: "wss://bot.example.com/ws",
    parameters,
  });

  const [stream] = parseXml(await answer.text()).children;
  assert.ok(typeof stream === "object");
  const { note: _, ...rest } = parameters;
  assert.deepEqual(readExtraHeaders(stream.attributes.extraHeaders), rest);
});

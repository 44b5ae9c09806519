import assert from "node:assert/strict";
import fc from "fast-check";
import { percentile, usageIn, waterfalls } from "../../client/src/session/waterfall.ts";
import type { LoggedMessage } from "../../client/src/session/happenings.ts";

let keys = 0;
const from = (ms: number, type: string, data: unknown = {}): LoggedMessage => ({
  key: ++keys,
  at: new Date(0),
  ms,
  direction: "in",
  type,
  data,
});

Deno.test("a turn's time is told part by part, from the last sound to the ear", () => {
  const [turn] = waterfalls([{ number: 1, at: 1000, latencyMs: 900 }], [
    from(500, "bot-started-speaking"),
    from(1200, "user-stopped-speaking"),
    from(1250, "user-transcription", { text: "the wea", final: false }),
    from(1300, "user-transcription", { text: "the weather?", final: true }),
    from(1450, "llm-function-call-in-progress"),
    from(1550, "llm-function-call-stopped"),
    from(1600, "bot-llm-text"),
    from(1620, "bot-llm-text"),
    from(1800, "bot-started-speaking"),
    from(1850, "user-transcription", { final: true }),
  ]);

  assert.deepEqual(turn?.parts.map(({ name, from, to }) => [name, to - from]), [
    ["Turn detection", 200],
    ["Transcription", 100],
    ["Model", 150],
    ["Function", 100],
    ["Voice", 250],
    ["Delivery", 100],
  ]);
});

Deno.test("where the bot tells nothing, there is the whole", () => {
  const [turn] = waterfalls([{ number: 1, at: 1000, latencyMs: 900 }], []);

  assert.deepEqual(turn?.parts, [{ name: "Unknown", from: 1000, to: 1900 }]);
});

Deno.test("the parts follow one another, and add up to the answer's time", () => {
  const types = ["user-stopped-speaking", "bot-llm-text", "bot-tts-started", "metrics"];
  const message = fc.tuple(fc.nat(3000), fc.constantFrom(...types));
  fc.assert(fc.property(fc.array(message), fc.integer({ min: 1, max: 2000 }), (list, latencyMs) => {
    const messages = list.toSorted(([one], [other]) => one - other)
      .map(([ms, type]) => from(ms, type));

    const [turn] = waterfalls([{ number: 1, at: 500, latencyMs }], messages);

    let at = 500;
    for (const { from, to } of turn!.parts) {
      assert.equal(from, at);
      assert.ok(to > from);
      at = to;
    }
    assert.equal(at, 500 + latencyMs);
  }));
});

Deno.test("what services use is added up, in whatever shape it is told", () => {
  const usage = usageIn([
    from(1, "metrics", {
      tokens: [{ processor: "llm", model: "m1", prompt_tokens: 10, completion_tokens: 5 }],
    }),
    from(2, "metrics", { tokens: [{ processor: "llm", model: "m1", total_tokens: 20 }] }),
    from(3, "metrics", { characters: [{ processor: "tts", value: 42 }, null, { value: "x" }] }),
    from(4, "metrics", null),
  ]);

  assert.deepEqual(usage, [
    { service: "llm m1", unit: "tokens", count: 35 },
    { service: "tts", unit: "characters", count: 42 },
  ]);
});

Deno.test("percentiles lie between the values", () => {
  assert.equal(percentile([], 50), undefined);
  assert.equal(percentile([7], 95), 7);
  assert.equal(percentile([4, 1, 3, 2], 50), 3);
  assert.equal(percentile([0, 100], 95), 95);
});

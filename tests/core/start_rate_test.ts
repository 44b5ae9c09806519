import fc from "fast-check";
import assert from "node:assert/strict";
import { startRate, STARTS_PER_MINUTE } from "../../src/sessions/start_rate.ts";
import { admission } from "./admission.ts";

Deno.test("where nothing else is said, an address that is not this machine's has a generous rate", () => {
  const { refusal } = admission({});
  const from = (who: string, call = false) => ({ client: () => who, call });
  const refused = (who: string, call = false) =>
    Array.from({ length: 1000 }, (_, i) => refusal(`${who} ${i}`, from(who, call))).filter(Boolean);

  assert.equal(refused("203.0.113.7").length, 1000 - STARTS_PER_MINUTE);
  assert.deepEqual(new Set(refused("2001:db8:0:0")), new Set(["429 too_many_starts"]));
  for (const who of ["127.0.0.1", "127.8.8.8", "0:0:0:0"]) assert.deepEqual(refused(who), []);
  assert.deepEqual(refused("anonymous", true), []); // many callers withhold their number

  const { refusal: off } = admission({ startsPerMinute: Infinity });
  for (let i = 0; i < 1000; i++) assert.equal(off(`${i}`, from("203.0.113.7")), undefined);
});

Deno.test("a client that begins too much waits, and others do not", () => {
  const { refusal, time } = admission({ startsPerMinute: 3 });
  const from = (who: string | undefined) => ({ client: () => who });

  assert.equal(refusal("a1", from("a")), undefined);
  assert.equal(refusal("a2", from("a")), undefined);
  assert.equal(refusal("a3", from("a")), undefined);
  assert.equal(refusal("a4", from("a")), "429 too_many_starts");
  assert.equal(refusal("b1", from("b")), undefined);
  assert.equal(refusal("x", from(undefined)), undefined); // who cannot be told apart is not limited
  time.now += 20_000;
  assert.equal(refusal("a4", from("a")), undefined);
});

Deno.test("who stores much begins little, at any rate, and is never refused for ever", () => {
  for (const startsPerMinute of [1, 6, 120, 100_000]) {
    const { refusal, time } = admission({ startsPerMinute });
    const large = { client: () => "one", stored: 1 };
    let accepted = 0;
    for (let i = 0; i < 600; i++, time.now += 1000) {
      if (refusal(`${i}`, large) === undefined) accepted++;
    }
    assert.ok(accepted >= 9 && accepted <= 14, `${accepted} at ${startsPerMinute}`);
  }
});

Deno.test("no minute sees more starts than twice the rate, and none is refused for ever", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 200 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 60 }), gaps, (perMinute, gaps) => {
    let now = 0;
    const rate = startRate(perMinute, () => now);
    const starts: number[] = [];
    for (const gap of gaps) {
      now += gap;
      const wait = rate.take("one");
      if (wait === 0) starts.push(now);
      else {
        now += wait * 1000;
        assert.equal(rate.take("one"), 0);
        starts.push(now);
      }
    }
    for (const [index, start] of starts.entries()) {
      const after = starts.slice(index).filter((time) => time < start + 60_000);
      assert.ok(after.length <= 2 * perMinute, `${after.length} in a minute`);
    }
  }));
});

Deno.test("clients are forgotten after a minute, and beyond ten thousand", () => {
  let now = 0;
  const rate = startRate(10, () => now);
  for (let i = 0; i < 12_000; i++) rate.take(`client ${i}`);
  const most = rate.size;

  now += 60_000;
  rate.take("another");

  assert.deepEqual([most, rate.size], [10_000, 1]);
});

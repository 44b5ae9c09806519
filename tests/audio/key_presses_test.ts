import assert from "node:assert/strict";
import fc from "fast-check";
import { createKeyReader } from "../../src/audio/key_presses.ts";

const KEYS = "0123456789*#ABCD";

/** A packet that tells of a press. */
interface Told {
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

function told(digit: string, timestamp: number, duration: number, end = false): Told {
  const code = KEYS.indexOf(digit);
  const payload = Uint8Array.of(code, end ? 0x8a : 0x0a, duration >> 8, duration & 0xff);
  return { timestamp: timestamp >>> 0, payload };
}

/**
 * A press as senders tell of it, every 50 ms and three times at the end, in segments when it is long.
 *
 * @param slack How much later than it should the next segment begins, in units.
 */
function press(digit: string, began: number, ms: number, rate: number, slack = 0): Told[] {
  const packets: Told[] = [];
  const step = rate / 20;
  for (let left = Math.round(ms * rate / 1000), at = began; left > 0;) {
    const segment = Math.min(left, 65_535);
    for (let duration = step; duration < segment + step; duration += step) {
      packets.push(told(digit, at, Math.min(duration, segment)));
    }
    left -= segment;
    if (left === 0) { for (let i = 0; i < 3; i++) packets.push(told(digit, at, segment, true)); }
    at += segment + slack;
  }
  return packets;
}

function keys(packets: readonly Told[]): string {
  const reader = createKeyReader();
  return packets.flatMap(({ payload, timestamp }) => reader.read(payload, timestamp)).join("");
}

for (const rate of [8000, 48_000]) {
  for (const ms of [40, 200, 1000, 1400, 4000, 10_000, 30_000]) {
    Deno.test(`a press of ${ms} ms at ${rate} Hz is one key, over the turn of the timestamp`, () => {
      assert.equal(keys(press("4", 2 ** 32 - 30_000, ms, rate)), "4");
    });
  }

  Deno.test(`segments that begin with the sender's next packet are one press, at ${rate} Hz`, () => {
    assert.equal(keys(press("7", 1000, 20_000, rate, rate / 20)), "7");
  });

  Deno.test(`whichever packet of a press arrives first tells of it, at ${rate} Hz`, () => {
    const packets = press("5", 1000, 200, rate);

    for (let first = 0; first < packets.length; first++) {
      assert.equal(keys(packets.slice(first)), "5", `from packet ${first}`);
    }
    assert.equal(keys(packets.filter((_, i) => i < packets.length - 3)), "5", "without its end");
  });

  Deno.test(`the same key twice, and two keys without a pause, at ${rate} Hz`, () => {
    const long = rate * 80 / 1000;
    const pause = rate * 60 / 1000;
    const again = (from: string, to: string, gap: number) =>
      keys([...press(from, 500, 80, rate), ...press(to, 500 + long + gap, 80, rate)]);

    assert.equal(again("8", "8", pause), "88");
    assert.equal(again("9", "0", 0), "90");
    assert.equal(again("8", "8", 0), "88", "its end was told");
  });

  Deno.test(`a key whose end got lost may be pressed again, at ${rate} Hz`, () => {
    const first = press("7", 500, 80, rate).slice(0, -3);

    assert.equal(keys([...first, ...press("7", 500 + rate * 0.3, 80, rate)]), "77");
  });
}

Deno.test("losses never turn one press into two, whichever they are", () => {
  const lost = fc.array(fc.boolean(), { minLength: 300, maxLength: 300 });
  fc.assert(fc.property(fc.integer({ min: 40, max: 12_000 }), lost, (ms, lost) => {
    const packets = press("3", 77, ms, 48_000).filter((_, i, all) =>
      i === all.length - 1 || !lost[i]
    );
    assert.equal(keys(packets), "3");
  }));
});

Deno.test("events that are no keys, and those without a duration, are ignored", () => {
  const flash = { timestamp: 4000, payload: Uint8Array.of(16, 10, 1, 0) };
  const begun = told("6", 9000, 160);

  assert.equal(keys([flash, told("6", 9000, 0), begun, flash, told("6", 9000, 320, true)]), "6");
});

Deno.test("volume and the reserved bit tell no presses apart", () => {
  const reader = createKeyReader();

  assert.deepEqual(reader.read(Uint8Array.of(5, 0x00, 1, 0), 8), ["5"]);
  assert.deepEqual(reader.read(Uint8Array.of(5, 0x7f, 2, 0), 8), []);
  assert.deepEqual(reader.read(Uint8Array.of(5, 0xff, 3, 0), 8), []);
});

Deno.test("several keys in one packet are as many", () => {
  const payload = Uint8Array.of(1, 0x8a, 0, 160, 1, 0x8a, 0, 160, 2, 0x0a, 0, 80);
  const reader = createKeyReader();

  assert.deepEqual(reader.read(payload, 1000), ["1", "1", "2"]);
  assert.deepEqual(reader.read(Uint8Array.of(2, 0x8a, 0, 240), 1320), []);
});

Deno.test("no payload is a fault, nor more keys than it has events", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(), (payload, timestamp) => {
    const digits = createKeyReader().read(payload, timestamp);
    assert.ok(digits.length <= payload.length / 4);
  }));
});

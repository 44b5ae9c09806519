import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTelephoneEvent, telephoneEvents } from "../../src/audio/dtmf.ts";

const digit = fc.constantFrom(..."0123456789*#ABCD");

Deno.test("the example of RFC 4733 section 2.3 reads as it says", () => {
  // Key 1 let go after 1760 units, with a power of -20 dBm0.
  const payload = Uint8Array.of(1, 0x80 | 20, 0x06, 0xe0);
  const event = parseTelephoneEvent(payload);
  assert.deepEqual(event, { digit: "1", end: true, volume: 20, duration: 1760 });
});

Deno.test("a press is a series that grows and ends three times", () => {
  const events = telephoneEvents("#", { durationMs: 70, clockRate: 48_000 })
    .map((payload) => parseTelephoneEvent(payload));
  assert.deepEqual(events.map((event) => event?.duration), [960, 1920, 2880, 3360, 3360, 3360]);
  assert.deepEqual(events.map((event) => event?.end), [false, false, false, true, true, true]);
  assert.ok(events.every((event) => event?.digit === "#"));
});

Deno.test("a press of whole packets has no packet too many", () => {
  const events = telephoneEvents("D").map((payload) => parseTelephoneEvent(payload));
  const durations = events.map((event) => event?.duration);
  assert.deepEqual(durations, [160, 320, 480, 640, 800, 800, 800]);
  assert.equal(events.findIndex((event) => event?.end), 4);
});

Deno.test("every press that is built reads back", () => {
  const options = fc.record({
    durationMs: fc.integer({ min: 1, max: 1300 }),
    clockRate: fc.constantFrom(8000, 16_000, 48_000),
    packetMs: fc.integer({ min: 1, max: 100 }),
    volume: fc.nat(63),
  });
  fc.assert(fc.property(digit, options, (pressed, given) => {
    const events = telephoneEvents(pressed, given).map((payload) => parseTelephoneEvent(payload));
    assert.ok(events.every((event) => event?.digit === pressed && event.volume === given.volume));
    const last = events.at(-1);
    assert.equal(last?.end, true);
    assert.equal(last?.duration, given.durationMs * given.clockRate / 1000);
    const durations = events.map((event) => event?.duration ?? 0);
    assert.deepEqual(durations, durations.toSorted((a, b) => a - b));
  }));
});

Deno.test("any bytes are read without failing, and only keys are keys", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 8 }), (payload) => {
    const event = parseTelephoneEvent(payload);
    assert.equal(event !== undefined, payload.length >= 4 && payload[0]! < 16);
  }));
});

Deno.test("what is no key, and a press too long for its field, are refused", () => {
  for (const wrong of ["", "a", "12", "E", " "]) {
    assert.throws(() => telephoneEvents(wrong), RangeError);
  }
  assert.throws(() => telephoneEvents("1", { durationMs: 2000, clockRate: 48_000 }), RangeError);
  assert.throws(() => telephoneEvents("1", { durationMs: 0 }), RangeError);
  assert.throws(() => telephoneEvents("1", { packetMs: 0 }), RangeError);
});

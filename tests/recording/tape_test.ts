import fc from "fast-check";
import assert from "node:assert/strict";
import { createPlacement } from "../../src/recording/placement.ts";
import { createSpeechFinder } from "../../src/recording/speech.ts";
import { createTape } from "../../src/recording/tape.ts";
import { sine } from "../audio/signals.ts";

const RATE = 100; // small, so that blocks are crossed often

Deno.test("a tape gives back what was written, whatever the pieces and the order of taking", () => {
  const write = fc.record({
    track: fc.constantFrom("user" as const, "bot" as const),
    from: fc.nat(900),
    samples: fc.array(fc.integer({ min: -32768, max: 32767 }), { maxLength: 250 }),
  });
  fc.assert(fc.property(fc.array(write, { maxLength: 20 }), fc.nat(1200), (writes, cut) => {
    const tape = createTape(RATE);
    const expected = { user: new Int16Array(1300), bot: new Int16Array(1300) };
    for (const { track, from, samples } of writes) {
      tape.write(track, from, Int16Array.from(samples));
      expected[track].set(samples, from);
    }

    const stereo = [...tape.take(cut), ...tape.take(1300)];

    assert.deepEqual(stereo.filter((_, i) => i % 2 === 0), [...expected.user]);
    assert.deepEqual(stereo.filter((_, i) => i % 2 === 1), [...expected.bot]);
  }));
});

Deno.test("what is erased is silent, and what was taken stays", () => {
  const tape = createTape(RATE);
  tape.write("bot", 0, new Int16Array(350).fill(1));
  tape.write("user", 0, new Int16Array(350).fill(2));
  const first = tape.take(120);

  tape.erase("bot", 230);
  const rest = tape.take(350);

  const bot = [...first, ...rest].filter((_, i) => i % 2 === 1);
  assert.deepEqual(bot, [...Array(230).fill(1), ...Array(120).fill(0)]);
  assert.ok([...first, ...rest].every((sample, i) => i % 2 === 1 || sample === 2));
  assert.equal(tape.end("bot"), 230);
});

Deno.test("what is heard later than was thought is moved, and so is what was to be heard before", () => {
  const tape = createTape(RATE);
  tape.write("bot", 10, Int16Array.from({ length: 200 }, (_, i) => i + 1));
  tape.write("user", 0, new Int16Array(210).fill(7));

  tape.shift("bot", 110, 30);
  assert.equal(tape.end("bot"), 240);
  tape.shift("bot", 130, -10);
  assert.equal(tape.end("bot"), 230);

  const stereo = tape.take(230);
  const expected = new Int16Array(230);
  for (let i = 0; i < 100; i++) expected[10 + i] = i + 1;
  for (let i = 100; i < 200; i++) expected[10 + i + 20] = i + 1;
  assert.deepEqual(stereo.filter((_, i) => i % 2 === 1), expected);
  assert.deepEqual(stereo.filter((_, i) => i % 2 === 0).slice(0, 210), new Int16Array(210).fill(7));
});

Deno.test("sound that comes too late, or from far ahead, costs nothing", () => {
  const tape = createTape(RATE);
  tape.take(1000);

  tape.write("user", 900, new Int16Array(50).fill(1));
  tape.write("user", 990, new Int16Array(20).fill(2));
  tape.write("bot", 10_000_000, new Int16Array(50).fill(3));

  assert.deepEqual([...tape.take(1020)], [...Array(10).fill([2, 0]).flat(), ...Array(20).fill(0)]);
});

Deno.test("pieces that arrive unevenly follow one another by their own clock", () => {
  const place = createPlacement();
  const jitter = [0, 3, 0, 15, 60, 40, 20, 1, 0, 90, 70, 50, 30, 10, 0];

  const places = jitter.map((late, i) =>
    place({ at: 5000 + 20 * i + late, timestamp: 777 + 20 * i, durationMs: 20 })
  );

  assert.deepEqual(places, jitter.map((_, i) => 5000 + 20 * i));
});

Deno.test("a first piece that was late does not shift those behind it", () => {
  const place = createPlacement();

  place({ at: 1080, timestamp: 0, durationMs: 20 });
  const places = [1, 2, 3].map((i) =>
    place({ at: 1000 + 20 * i, timestamp: 20 * i, durationMs: 20 })
  );

  assert.deepEqual(places, [1020, 1040, 1060]);
});

Deno.test("a stall of the network is no gap where timestamps say so, and a pause is one", () => {
  const told = createPlacement();
  const untold = createPlacement();
  const arrivals = [0, 20, 40, 900, 901, 902]; // the last three were held up, or spoken then

  const byClock = arrivals.map((at, i) => told({ at, timestamp: 20 * i, durationMs: 20 }));
  const byArrival = arrivals.map((at) => untold({ at, durationMs: 20 }));

  assert.deepEqual(byClock, [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(byArrival, [0, 20, 40, 900, 920, 940]);
});

Deno.test("a clock that starts again is followed after a second", () => {
  const place = createPlacement();
  for (let i = 0; i < 10; i++) place({ at: 20 * i, timestamp: 20 * i, durationMs: 20 });

  const places = Array.from(
    { length: 100 },
    (_, i) => place({ at: 5000 + 20 * i, timestamp: 20 * i, durationMs: 20 }),
  );

  assert.equal(places.at(-1), 5000 + 20 * 99);
});

Deno.test("speech is found where it is loud, pauses within it included", () => {
  const rate = 8000;
  const finder = createSpeechFinder(rate);
  const silence = (ms: number) => new Int16Array(rate * ms / 1000);
  const tone = (ms: number) => sine(440, rate, ms / 1000);

  const found = [
    silence(500),
    tone(300),
    silence(400),
    tone(300),
    silence(1000),
    tone(20),
    silence(700),
  ]
    .flatMap((samples) => finder.push(samples));

  assert.deepEqual(found, [{ from: 4000, to: 12_000 }]);
  assert.deepEqual(finder.end(), []);
});

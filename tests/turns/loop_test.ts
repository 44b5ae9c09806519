/**
 * The loop over turns: how it ends, what it throws and what it keeps.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { RunnerError } from "../../src/core/error.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import { builtInVad, turns, type Vad } from "../../src/turns/mod.ts";
import { rehearse } from "./rehearsal.ts";
import { atLevel, noise, RATE, sequence, silence } from "./sounds.ts";
import { framesOf, inRoom, loop, only, words } from "./said.ts";

Deno.test("the loop ends when its signal aborts, also while nobody speaks", async () => {
  const controller = new AbortController();
  let returned = false;
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise<IteratorResult<AudioFrame>>(() => {}),
      return: () => {
        returned = true;
        return Promise.resolve({ done: true as const, value: undefined });
      },
    }),
  };
  const looping = (async () => {
    for await (const _ of turns(source, { signal: controller.signal })) {
      assert.fail("nobody speaks");
    }
  })();
  const aborted = once(controller.signal, "abort");

  controller.abort();
  await aborted;
  await looping;

  assert.equal(returned, true);
  for await (const _ of turns(source, { signal: controller.signal })) assert.fail("it is over");
});

Deno.test("who leaves the loop listens no more, and the turn is over", async () => {
  const wave = sequence(silence(500), await words(), silence(1000));
  let read = 0;
  const frames = async function* () {
    for await (const frame of framesOf(wave)) {
      read++;
      yield frame;
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  let ended: Promise<unknown> | undefined;

  for await (const turn of turns(frames())) {
    ended = turn.ended;
    break;
  }

  assert.deepEqual(Reflect.get(Object(await ended), "reason"), "stopped");
  const then = read;
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(read <= then + 1);
});

Deno.test("what the source or the detector throws, the loop throws", async () => {
  const broken = async function* (): AsyncGenerator<AudioFrame> {
    yield* framesOf(silence(100));
    throw new Error("the line broke");
  };
  const vad: Vad = { ...builtInVad, open: () => Promise.reject(new Error("no model")) };

  await assert.rejects(loop(turns(broken())), /the line broke/);
  await assert.rejects(loop(turns(framesOf(silence(100)), { vad })), /no model/);
});

Deno.test("a detector may take its time, and its own windows", async () => {
  const wave = inRoom(await words());
  const opened: number[] = [];
  let closed = 0;
  const vad: Vad = {
    name: "slow",
    open(sampleRate) {
      opened.push(sampleRate);
      let windows = 0;
      return Promise.resolve({
        sampleRate: 16_000,
        windowSize: 512,
        async confidence(window) {
          assert.equal(window.length, 512);
          await Promise.resolve();
          return windows++ === 60 || windows > 62 && windows < 80 ? 1 : 0;
        },
        close: () => closed++,
      });
    },
  };

  const { turn } = only(await rehearse({ heard: wave, options: { vad } }));

  assert.ok(Math.abs(turn.startMs - 60 * 32) <= 64, `began at ${turn.startMs} ms`);
  assert.deepEqual([opened, closed], [[RATE], 1]);
});

Deno.test("of turns that nobody takes, the latest eight are kept", async () => {
  let window = 0;
  const vad: Vad = {
    name: "by the clock",
    open: () => ({
      sampleRate: RATE,
      windowSize: 320,
      confidence: () => window++ % 50 < 10 ? 1 : 0,
    }),
  };
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const frames = async function* () {
    yield* framesOf(atLevel(noise("pink", 12_000), -30));
    resolve();
  };

  const starts: number[] = [];
  for await (const { startMs } of turns(frames(), { vad, stopMs: 200 })) {
    starts.push(Math.round(startMs / 1000));
    await over;
  }

  assert.deepEqual(starts, [0, 4, 5, 6, 7, 8, 9, 10, 11]);
});

Deno.test("options are checked before anything is listened to", () => {
  const nothing = framesOf(silence(20));
  const cases: [object, RegExp][] = [
    [{ stopMs: 5 }, /stopMs takes a number from 50 to 10000 ms, not 5/],
    [{ confidence: 70 }, /confidence takes a number from 0 to 1/],
    [{ vad: {} }, /vad takes a Vad/],
    [{ stopMS: 500 }, /no option 'stopMS'. Did you mean 'stopMs'/],
    [{ finished: () => true, patienceMs: 100 }, /patienceMs takes at least stopMs/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => turns(nothing, options), (error) => {
      assert.ok(error instanceof RunnerError && error.code === "bad_option");
      assert.match(error.message, message);
      return true;
    });
  }
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { amplify, type AudioFrame, gain, mix, mixInto, repeat } from "../../src/audio/mod.ts";
import { concatenated } from "./signals.ts";
import { collect } from "./stream.ts";

Deno.test("what is too loud for 16 bits is as loud as they allow", () => {
  fc.assert(fc.property(fc.int16Array(), fc.int16Array(), fc.double(), (a, b, gain) => {
    const expected = (value: number) => Math.round(Math.max(-32_768, Math.min(32_767, value))) + 0;
    const sum = a.slice();
    mixInto(sum, b, gain);
    a.forEach((sample, i) => {
      const louder = sample * gain;
      assert.equal(amplify(a, gain)[i], Number.isNaN(louder) ? 0 : expected(louder));
      const both = sample + (b[i] ?? 0) * (i < b.length ? gain : 0);
      assert.equal(sum[i], Number.isNaN(both) ? 0 : expected(both));
    });
  }));
});

Deno.test("frames keep what they are when they are made louder", async () => {
  const frame = { ...sound([100, -100]), timestamp: 40 };
  assert.deepEqual(await collect([frame], gain(2)), [{
    ...frame,
    samples: Int16Array.of(200, -200),
  }]);
});

Deno.test("sounds are mixed from their beginning to the end of the longest", async () => {
  const short = sound(Array(100).fill(30_000));
  const long = sound(Array(400).fill(10_000));
  const frames = await Array.fromAsync(
    mix([{ frames: [short] }, { frames: [long], gain: 0.5 }], { sampleRate: 8000 }),
  );
  assert.deepEqual(frames.map(({ samples }) => samples.length), [160, 160, 160]);
  const samples = concatenated(frames.map(({ samples }) => samples));
  const at = (place: number) => samples[place];
  assert.deepEqual([at(0), at(99), at(100), at(399), at(400)], [32_767, 32_767, 5000, 5000, 0]);
});

Deno.test("who stops reading a mix ends what it is made of", async () => {
  let ended = false;
  async function* endless(): AsyncGenerator<AudioFrame> {
    try {
      yield* repeat(sound(Array(10).fill(1)));
    } finally {
      ended = true;
    }
  }
  for await (const { samples } of mix([{ frames: endless() }], { sampleRate: 8000 })) {
    assert.ok(samples.every((sample) => sample === 1));
    break;
  }
  assert.ok(ended);
});

function sound(samples: readonly number[]): AudioFrame {
  return { type: "audio", samples: Int16Array.from(samples), sampleRate: 8000, channels: 1 };
}

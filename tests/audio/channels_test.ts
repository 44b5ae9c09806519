import assert from "node:assert/strict";
import fc from "fast-check";
import { toMono, toStereo } from "../../src/audio/channels.ts";

Deno.test("stereo becomes the average of its channels", () => {
  const mono = toMono(Int16Array.of(100, 200, 32_767, 32_767, -32_768, -32_768, 5, -5), 2);
  assert.deepEqual(mono, Int16Array.of(150, 32_767, -32_768, 0));
});

Deno.test("mono survives the way through stereo", () => {
  fc.assert(fc.property(fc.int16Array(), (samples) => {
    assert.deepEqual(toMono(toStereo(samples), 2), samples);
    assert.equal(toMono(samples, 1), samples);
  }));
});

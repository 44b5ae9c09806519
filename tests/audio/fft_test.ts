import assert from "node:assert/strict";
import fc from "fast-check";
import { createFourier } from "../../src/audio/fft.ts";

Deno.test("the fast transform is the slow one", () => {
  const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
    minLength: 32,
    maxLength: 32,
  });
  const sizes = fc.constantFrom(2, 4, 8, 16);
  fc.assert(fc.property(sizes, values, (size, values) => {
    const real = Float64Array.from(values.slice(0, size));
    const imaginary = Float64Array.from(values.slice(size, 2 * size));
    const [before, beforeImaginary] = [real.slice(), imaginary.slice()];

    createFourier(size).transform(real, imaginary);

    for (let k = 0; k < size; k++) {
      let [re, im] = [0, 0];
      for (let n = 0; n < size; n++) {
        const angle = -2 * Math.PI * k * n / size;
        re += before[n]! * Math.cos(angle) - beforeImaginary[n]! * Math.sin(angle);
        im += before[n]! * Math.sin(angle) + beforeImaginary[n]! * Math.cos(angle);
      }
      assert.ok(Math.abs(re - real[k]!) < 1e-9 && Math.abs(im - imaginary[k]!) < 1e-9);
    }
  }));
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { RunnerError } from "../../src/core/error.ts";
import { readKeyFrame } from "../../src/video/vp8.ts";
import { readWebp, writeWebp } from "../../src/video/webp.ts";
import { ANIMATED, GIF, JPEG, LOSSLESS, PNG, STRIPES, WITH_ALPHA } from "./pictures.ts";

Deno.test("a lossy WebP is a key frame in a box, and the box can be made again", () => {
  const picture = readWebp(STRIPES);

  assert.deepEqual([picture.width, picture.height], [64, 48]);
  assert.deepEqual(readKeyFrame(picture.frame), { width: 64, height: 48 });
  assert.deepEqual(writeWebp(picture.frame), { width: 64, height: 48, data: STRIPES });
});

Deno.test("of a picture with transparency the colors are taken", () => {
  const { width, height, frame } = readWebp(WITH_ALPHA);

  assert.deepEqual([width, height], [64, 48]);
  assert.ok(writeWebp(frame));
});

for (
  const [bytes, what] of [
    [PNG, "a PNG"],
    [JPEG, "a JPEG"],
    [GIF, "a GIF"],
    [LOSSLESS, "a lossless WebP"],
    [ANIMATED, "an animated WebP"],
    [new Uint8Array(), "not a WebP"],
    [STRIPES.subarray(0, 60), "a broken WebP"],
    [new Uint8Array(1.5 * (1 << 20)), "larger than 1 MiB"],
  ] as const
) {
  Deno.test(`a picture that is ${what} is refused with how to make a picture that is taken`, () => {
    assert.throws(() => readWebp(bytes), (error) => {
      assert.ok(error instanceof RunnerError && error.code === "bad_picture");
      assert.ok(error.message.includes(what), error.message);
      assert.ok(error.message.includes("cwebp -q 80"));
      return true;
    });
  });
}

Deno.test("any key frame survives its box, whatever its length", () => {
  const { frame } = readWebp(STRIPES);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (rest) => {
    const longer = Uint8Array.from([...frame, ...rest]);
    const webp = writeWebp(longer);
    assert.ok(webp);
    assert.equal(webp.data.length % 2, 0);
    assert.deepEqual(readWebp(webp.data).frame, longer);
  }));
});

Deno.test("bytes that were tampered with are a picture or refused, and no other fault", () => {
  const tampered = fc.tuple(
    fc.constantFrom(STRIPES, WITH_ALPHA, LOSSLESS, ANIMATED),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
    fc.nat(),
  ).map(([picture, changes, end]) => {
    const bytes = picture.slice(0, 12 + end % picture.length);
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(tampered, (bytes) => {
      try {
        const { frame } = readWebp(bytes);
        assert.ok(frame.length <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof RunnerError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

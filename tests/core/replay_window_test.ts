import assert from "node:assert/strict";
import fc from "fast-check";
import { createReplayWindow } from "../../src/core/replay_window.ts";

Deno.test("each index is taken once, in any order within the window, and none from before it", () => {
  const SIZE = 16;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 200 }), (indices) => {
      const window = createReplayWindow({ size: SIZE });
      const taken = new Set<number>();
      let highest = -1;
      for (const index of indices) {
        const fresh = !taken.has(index) && index > highest - SIZE;

        assert.equal(window.admits(index, index + 1), fresh);

        if (!fresh) continue;
        window.accept(index, index + 1);
        taken.add(index);
        highest = Math.max(highest, index);
      }
      assert.equal(window.highest, highest);
    }),
  );
});

Deno.test("a sender that counts again is told from packets that were recorded", () => {
  const window = createReplayWindow({ size: 1024, versions: 2 });
  for (let index = 0; index < 800; index++) window.accept(index, 1000 + index);

  for (let index = 300; index < 800; index++) {
    assert.ok(!window.admits(index, 1000 + index), "recorded");
    assert.ok(window.admits(index, 5000 + index), "made again");
    window.accept(index, 5000 + index);
    assert.ok(!window.admits(index, 5000 + index), "recorded after the restart");
    assert.ok(!window.admits(index, 1000 + index), "recorded before the restart");
    assert.ok(!window.admits(index, 9000 + index), "a third time");
  }
  assert.ok(window.admits(800, 7));
});

Deno.test("a mark of zero is a mark", () => {
  const window = createReplayWindow({ size: 8, versions: 2 });
  window.accept(3, 0);

  assert.ok(!window.admits(3, 0));
});

Deno.test("a jump far ahead forgets what is out of reach", () => {
  const window = createReplayWindow({ size: 8 });
  window.accept(0, 1);
  window.accept(2 ** 40, 1);

  assert.ok(!window.admits(0, 1));
  assert.ok(!window.admits(2 ** 40 - 8, 1));
  assert.ok(window.admits(2 ** 40 - 7, 1));
});

Deno.test("a stream that comes back goes on where it was", () => {
  const window = createReplayWindow({ size: 8, after: 100 });

  assert.ok(!window.admits(100, 1));
  assert.ok(window.admits(101, 1));
});

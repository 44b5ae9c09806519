import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Camera,
  FOLLOW,
  moved,
  showing,
  spanOf,
  WHOLE,
  zoomed,
} from "../../client/src/panels/timeline_camera.ts";
import { messageOf, nearest, ticksOf } from "../../client/src/panels/timeline_ticks.ts";
import type { LoggedMessage, Moment } from "../../client/src/session/happenings.ts";

const MINUTE = 60_000;

Deno.test("a camera that follows shows the last minute, and a young call from its beginning", () => {
  assert.deepEqual(spanOf(FOLLOW, 3000), { from: 0, to: 20_000 });
  assert.deepEqual(spanOf(FOLLOW, 30 * MINUTE), { from: 29 * MINUTE, to: 30 * MINUTE });

  const closer = zoomed(FOLLOW, 30 * MINUTE, 0.1, 29 * MINUTE);

  assert.deepEqual(spanOf(closer, 30 * MINUTE), { from: 30 * MINUTE - 6000, to: 30 * MINUTE });
});

Deno.test("what is zoomed at stays where it is", () => {
  const camera: Camera = { mode: "fixed", from: 10_000, to: 50_000 };

  const { from, to } = spanOf(zoomed(camera, MINUTE, 0.5, 20_000), MINUTE);

  assert.equal(to - from, 20_000);
  assert.equal((20_000 - from) / (to - from), 0.25);
});

Deno.test("no gesture leads out of the call", () => {
  const gesture = fc.oneof(
    fc.record({ kind: fc.constant("zoom"), by: fc.double({ min: 0.01, max: 100, noNaN: true }) }),
    fc.record({ kind: fc.constant("move"), by: fc.integer({ min: -4e6, max: 4e6 }) }),
    fc.record({ kind: fc.constant("show"), by: fc.integer({ min: 0, max: 30 * MINUTE }) }),
  );
  const start = fc.constantFrom(FOLLOW, WHOLE);
  const reached = fc.integer({ min: 0, max: 30 * MINUTE });

  fc.assert(fc.property(start, reached, fc.array(gesture), (first, reached, gestures) => {
    let camera = first;
    for (const { kind, by } of gestures) {
      if (kind === "zoom") camera = zoomed(camera, reached, by, reached / 3);
      else if (kind === "move") camera = moved(camera, reached, by);
      else camera = showing(camera, reached, Math.min(by, reached));
      const { from, to } = spanOf(camera, reached);
      assert.ok(from >= 0 && to - from >= 499 && to <= Math.max(20_000, reached) + 1);
    }
  }));
});

const message = (key: number, ms: number): LoggedMessage => ({
  key,
  ms,
  at: new Date(0),
  direction: "in",
  type: `m${key}`,
  data: {},
});
const moment = (key: number, at: number): Moment => ({ key, at, kind: "mark", label: `k${key}` });

Deno.test("messages and moments stand in one row, in the order in which they came", () => {
  const ticks = ticksOf([message(1, 10), message(4, 30)], [moment(2, 10), moment(5, 90)]);

  assert.deepEqual(ticks.map(({ key }) => key), [1, 2, 4, 5]);
});

Deno.test("the nearest tick is found, and a moment leads to the message that came with it", () => {
  const ticks = ticksOf([message(1, 0), message(3, 1000)], [moment(2, 980), moment(4, 5000)]);
  const [, mark, , lonely] = ticks;
  assert.ok(mark && lonely);

  assert.equal(nearest(ticks, 400, 500)?.key, 1);
  assert.equal(nearest(ticks, 985, 500)?.key, 2);
  assert.equal(nearest(ticks, 3000, 500), undefined);
  assert.equal(nearest(ticks, 985, 500, ({ kind }) => kind === "message")?.key, 3);
  assert.equal(messageOf(ticks, mark)?.key, 3);
  assert.equal(messageOf(ticks, lonely), undefined);
});

import assert from "node:assert/strict";
import { createTurnFinder, type Speech, type Turn } from "../../client/src/session/turns.ts";

const STEP_MS = 50;
const LOUD = 0.7;
const QUIET = 0.05;

/** Times are in ms, and given in steps of 50. */
type Span = readonly [from: number, to: number];

function listen(user: readonly Span[], bot: readonly Span[], until = 12_000) {
  const listener = createTurnFinder();
  const speeches: Speech[] = [];
  const turns: Turn[] = [];
  for (let at = 0; at < until; at += STEP_MS) {
    for (const [side, spans] of [["user", user], ["bot", bot]] as const) {
      const loud = spans.some(([from, to]) => at >= from && at < to);
      const heard = listener.push(side, loud ? LOUD : QUIET, at);
      if (heard?.ended) speeches.push(heard.ended);
      if (heard?.turn) turns.push(heard.turn);
    }
  }
  return { speeches, turns };
}

Deno.test("a turn is as long as the bot is silent after the user", () => {
  const { turns, speeches } = listen([[1000, 3000], [6000, 7000]], [[4000, 5000], [7300, 9000]]);

  assert.deepEqual(turns.map(({ latencyMs }) => latencyMs), [1050, 350]);
  assert.deepEqual(speeches.map(({ side, from }) => `${side} ${from}`), [
    "user 1000",
    "bot 4000",
    "user 6000",
    "bot 7300",
  ]);
});

Deno.test("an answer during the pause after the words counts, an echo does not", () => {
  const quick = listen([[1000, 3000]], [[3200, 5000]]);
  const echo = listen([[1000, 3000]], [[1200, 3200]]);

  assert.deepEqual(quick.turns.map(({ latencyMs }) => latencyMs), [250]);
  assert.deepEqual(echo.turns, []);
});

Deno.test("after an interruption the next answer is measured, too", () => {
  const { turns } = listen([[1000, 2000], [4000, 6000]], [[3000, 4300], [7000, 8000]]);

  assert.deepEqual(turns.map(({ latencyMs }) => latencyMs), [1050, 1050]);
});

Deno.test("clicks and steady noise are no speech", () => {
  const listener = createTurnFinder();
  const heard = Array.from({ length: 400 }, (_, i) => {
    const click = i % 40 === 39 ? 0.9 : 0.3;
    return listener.push("user", click, i * STEP_MS);
  });

  assert.equal(heard.filter((one) => one?.began).length, 1, "only while the noise is new");
});

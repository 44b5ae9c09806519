import assert from "node:assert/strict";
import {
  CALL_PLACE_MS,
  FEW_SESSIONS,
  PLACE_MS,
  RINGING_PLACE_MS,
} from "../../src/sessions/admission.ts";
import type { Clock } from "../../src/core/clock.ts";
import { loopLag } from "../../src/sessions/loop_lag.ts";
import { SessionSet } from "../../src/sessions/session_set.ts";
import { admission } from "./admission.ts";

Deno.test("of two that ask for the last place, one gets it", () => {
  const { refusal, begin, running } = admission({ maxSessions: 2 });

  assert.equal(refusal("a"), undefined);
  begin("a");
  assert.equal(refusal("b"), undefined);
  assert.equal(refusal("c"), "503 full");
  begin("b");
  assert.equal(refusal("c"), "503 full");
  running.delete("a");
  assert.equal(refusal("c"), undefined);
});

Deno.test("a call that is dialled keeps its place while it rings, and has another once it is picked up", () => {
  const { door, refusal, begin, time } = admission({ maxSessions: 1 });
  assert.equal(refusal("a", { ringing: true }), undefined);

  time.now = RINGING_PLACE_MS - 1;
  assert.equal(refusal("b", { call: true }), "503 full");
  assert.equal(refusal("a", { call: true, promised: true }), undefined);
  time.now += CALL_PLACE_MS - 1;
  assert.equal(refusal("b", { call: true }), "503 full");
  begin("a");
  assert.equal(door.load.promised, 0);
});

Deno.test("a place that nobody takes is given to another after some seconds", () => {
  const { door, refusal, time } = admission({ maxSessions: 1 });
  door.admit("a");

  time.now = PLACE_MS - 1;
  assert.equal(refusal("b"), "503 full");
  time.now = PLACE_MS;
  assert.equal(refusal("b"), undefined);

  assert.equal(refusal("a", { promised: true }), "503 full");
  door.dismiss("b");
  assert.equal(refusal("a", { promised: true }), undefined);
});

Deno.test("a phone call takes the place of a promise that nobody has come for", () => {
  const { door, refusal, begin, time } = admission({ maxSessions: 2 });
  const call = { call: true };
  door.admit("a");
  door.admit("b");

  assert.equal(refusal("call 1", call), undefined); // in the place of "a"
  assert.equal(refusal("call 2", call), undefined);
  assert.equal(refusal("call 3", call), "503 full");
  assert.equal(refusal("a", { promised: true }), "503 full");
  assert.throws(() => door.begin("b"), { code: "full" }); // it was on its way
  begin("call 1");
  time.now = CALL_PLACE_MS;

  assert.equal(refusal("call 3", call), undefined); // "call 2" never streamed
  assert.deepEqual(door.load, { status: "full", sessions: 1, promised: 1, maxSessions: 2 });
});

Deno.test("promises are no sessions, for which a late event loop would refuse a call", () => {
  const { door, refusal, time } = admission({ maxLoopLagMs: 10 });
  for (let i = 0; i < 2 * FEW_SESSIONS; i++) door.admit(`${i}`);
  time.lag = 50;

  assert.equal(refusal("browser"), "503 overloaded");
  assert.equal(refusal("call", { call: true }), undefined);
});

Deno.test("a flood makes the event loop late, and is no reason to refuse a call", () => {
  const { refusal, time, begin } = admission({ maxLoopLagMs: 10 });
  const call = { call: true };
  for (let i = 0; i < FEW_SESSIONS; i++) begin(`${i}`);
  time.lag = 50;

  assert.equal(refusal("before", call), "503 overloaded"); // so many calls are too many
  for (let i = 0; i < 300; i++) assert.equal(refusal(`start ${i}`), "503 overloaded");
  assert.equal(refusal("during", call), undefined);
  time.now = 900;
  assert.equal(refusal("just after", call), undefined);
  time.now = 2000;
  assert.equal(refusal("later", call), "503 overloaded");
});

Deno.test("a session that has its place needs no second one", () => {
  const { door, refusal, begin } = admission({ maxSessions: 1, startsPerMinute: 1 });
  const visit = { client: () => "one", promised: true };

  assert.equal(refusal("a", visit), undefined);
  assert.equal(refusal("a", visit), undefined);
  begin("a");
  assert.equal(refusal("a", visit), undefined); // its client comes back

  assert.deepEqual(door.load, { status: "full", sessions: 1, promised: 0, maxSessions: 1 });
});

Deno.test("a drain lets those in whom a session was promised, and nobody else", () => {
  const { door, refusal } = admission({});
  door.admit("a");

  door.drain();

  assert.equal(refusal("a"), undefined);
  assert.equal(refusal("known", { promised: true }), undefined);
  assert.equal(refusal("new"), "503 draining");
  door.close();
  assert.equal(refusal("a"), "503 closing");
  assert.equal(door.load.status, "closed");
});

Deno.test("a late event loop refuses until it is half as late", () => {
  const { door, refusal, time, begin } = admission({ maxLoopLagMs: 10 });
  for (let i = 0; i < FEW_SESSIONS; i++) begin(`before${i}`);

  time.lag = 10;
  assert.equal(refusal("a"), undefined);
  time.lag = 10.1;
  assert.equal(refusal("b"), "503 overloaded");
  assert.deepEqual(door.load, {
    status: "overloaded",
    sessions: FEW_SESSIONS,
    promised: 1,
    lag: 10.1,
  });
  time.lag = 5.1;
  assert.equal(refusal("b"), "503 overloaded");
  assert.equal(refusal("a"), undefined); // it has its place
  time.lag = 5;
  assert.equal(refusal("b"), undefined);
});

Deno.test("a few sessions are let in however late the event loop is", () => {
  const { refusal, time, begin } = admission({ maxLoopLagMs: 10 });
  time.lag = 100;

  for (let i = 0; i < FEW_SESSIONS; i++) {
    assert.equal(refusal(`${i}`), undefined);
    begin(`${i}`);
  }
  assert.equal(refusal("one more"), "503 overloaded");
});

Deno.test("limits that make no sense are refused by name", () => {
  for (
    const limits of [
      { maxSessions: 0 },
      { maxSessions: 1.5 },
      { maxDurationMs: -1 },
      { maxIdleMs: Infinity },
      { startsPerMinute: NaN },
      { maxLoopLagMs: 0 },
    ]
  ) {
    const [name = ""] = Object.keys(limits);
    assert.throws(() => new SessionSet({ limits }), { code: "bad_option", message: RegExp(name) });
  }
  new SessionSet({ limits: { maxSessions: false, maxLoopLagMs: false, startsPerMinute: false } });
});

/** A clock whose timers fire as late as the test says. */
function lateClock() {
  let time = 0;
  let pending: (() => void) | undefined;
  const clock: Clock = {
    now: () => time,
    schedule(callback) {
      pending = callback;
      return () => pending = undefined;
    },
  };
  return {
    clock,
    fire(late: number) {
      time += 50 + late;
      pending?.();
    },
    get waits() {
      return pending !== undefined;
    },
  };
}

Deno.test("one long task is no overload, and a loop that is always late is", () => {
  const { clock, fire } = lateClock();
  const lag = loopLag(clock);
  lag.start();

  for (let i = 0; i < 100; i++) fire(0.5);
  const idle = lag.ms;
  fire(3000);
  const afterTask = lag.ms;
  for (let i = 0; i < 100; i++) fire(20);

  assert.ok(idle < 0.5, `${idle} ms`);
  assert.ok(afterTask < 4, `${afterTask} ms`);
  assert.ok(lag.ms > 15, `${lag.ms} ms`);
});

Deno.test("what is not measured holds no timer", () => {
  const time = lateClock();
  const lag = loopLag(time.clock);
  const before = time.waits;
  lag.start();
  time.fire(80);

  lag.stop();

  assert.deepEqual([before, time.waits, lag.ms], [false, false, 0]);
});

import fc from "fast-check";
import assert from "node:assert/strict";
import {
  Admission,
  CALL_PLACE_MS,
  FEW_SESSIONS,
  PLACE_MS,
  RINGING_PLACE_MS,
} from "../../src/sessions/admission.ts";
import { clientAddress } from "../../src/core/client_address.ts";
import type { CloseInfo } from "../../src/core/duplex.ts";
import type { RunnerError } from "../../src/core/error.ts";
import type { KeptLimits } from "../../src/sessions/limits.ts";
import type { Clock } from "../../src/core/clock.ts";
import { loopLag } from "../../src/sessions/loop_lag.ts";
import { SessionSet } from "../../src/sessions/session_set.ts";
import { startRate, STARTS_PER_MINUTE } from "../../src/sessions/start_rate.ts";

/** An admission on a clock and an event loop that the test moves. */
function admission(limits: KeptLimits) {
  const running = new Set<string>();
  const time = { now: 0, lag: 0 };
  const lag = {
    get ms() {
      return time.lag;
    },
    start() {},
    stop() {},
  };
  const door = new Admission({ limits, running, now: () => time.now, lag });
  const refusal = (id: string, visit?: Parameters<Admission["admit"]>[1]): unknown => {
    try {
      door.admit(id, visit);
    } catch (error) {
      const { code, status, retryAfter } = error as RunnerError; // it throws nothing else
      assert.ok(retryAfter);
      return `${status} ${code}`;
    }
    return undefined;
  };
  const begin = (id: string) => {
    door.begin(id);
    running.add(id);
  };
  return { door, running, time, refusal, begin };
}

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

Deno.test("where nothing else is said, an address that is not this machine's has a generous rate", () => {
  const { refusal } = admission({});
  const from = (who: string, call = false) => ({ client: () => who, call });
  const refused = (who: string, call = false) =>
    Array.from({ length: 1000 }, (_, i) => refusal(`${who} ${i}`, from(who, call))).filter(Boolean);

  assert.equal(refused("203.0.113.7").length, 1000 - STARTS_PER_MINUTE);
  assert.deepEqual(new Set(refused("2001:db8:0:0")), new Set(["429 too_many_starts"]));
  for (const who of ["127.0.0.1", "127.8.8.8", "0:0:0:0"]) assert.deepEqual(refused(who), []);
  assert.deepEqual(refused("anonymous", true), []); // many callers withhold their number

  const { refusal: off } = admission({ startsPerMinute: Infinity });
  for (let i = 0; i < 1000; i++) assert.equal(off(`${i}`, from("203.0.113.7")), undefined);
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

Deno.test("a client that begins too much waits, and others do not", () => {
  const { refusal, time } = admission({ startsPerMinute: 3 });
  const from = (who: string | undefined) => ({ client: () => who });

  assert.equal(refusal("a1", from("a")), undefined);
  assert.equal(refusal("a2", from("a")), undefined);
  assert.equal(refusal("a3", from("a")), undefined);
  assert.equal(refusal("a4", from("a")), "429 too_many_starts");
  assert.equal(refusal("b1", from("b")), undefined);
  assert.equal(refusal("x", from(undefined)), undefined); // who cannot be told apart is not limited
  time.now += 20_000;
  assert.equal(refusal("a4", from("a")), undefined);
});

Deno.test("who stores much begins little, at any rate, and is never refused for ever", () => {
  for (const startsPerMinute of [1, 6, 120, 100_000]) {
    const { refusal, time } = admission({ startsPerMinute });
    const large = { client: () => "one", stored: 1 };
    let accepted = 0;
    for (let i = 0; i < 600; i++, time.now += 1000) {
      if (refusal(`${i}`, large) === undefined) accepted++;
    }
    assert.ok(accepted >= 9 && accepted <= 14, `${accepted} at ${startsPerMinute}`);
  }
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

Deno.test("no minute sees more starts than twice the rate, and none is refused for ever", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 200 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 60 }), gaps, (perMinute, gaps) => {
    let now = 0;
    const rate = startRate(perMinute, () => now);
    const starts: number[] = [];
    for (const gap of gaps) {
      now += gap;
      const wait = rate.take("one");
      if (wait === 0) starts.push(now);
      else {
        now += wait * 1000;
        assert.equal(rate.take("one"), 0);
        starts.push(now);
      }
    }
    for (const [index, start] of starts.entries()) {
      const after = starts.slice(index).filter((time) => time < start + 60_000);
      assert.ok(after.length <= 2 * perMinute, `${after.length} in a minute`);
    }
  }));
});

Deno.test("clients are forgotten after a minute, and beyond ten thousand", () => {
  let now = 0;
  const rate = startRate(10, () => now);
  for (let i = 0; i < 12_000; i++) rate.take(`client ${i}`);
  const most = rate.size;

  now += 60_000;
  rate.take("another");

  assert.deepEqual([most, rate.size], [10_000, 1]);
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

Deno.test("a client is its IPv4 address, or its IPv6 network", () => {
  const from = (address: string) =>
    clientAddress(new Request("https://bot.test"), {
      upgrade: () => assert.fail(),
      waitUntil() {},
      remoteAddress: () => address,
    }, {});

  assert.equal(from("203.0.113.7"), "203.0.113.7");
  assert.equal(from("::ffff:203.0.113.7"), "203.0.113.7");
  assert.equal(from("2001:db8:1:2:aaaa::1"), "2001:db8:1:2");
  assert.equal(from("2001:0DB8:0001:0002:bbbb:0:0:2"), "2001:db8:1:2");
  assert.equal(from("2001:db8::1"), "2001:db8:0:0");
  assert.equal(from("::1"), "0:0:0:0");
  assert.equal(from("fe80::1%eth0"), "fe80:0:0:0");
});

Deno.test("the last entry of X-Forwarded-For counts, and only behind a trusted proxy", () => {
  const headers = { "x-forwarded-for": "1.1.1.1, 203.0.113.9:4711" };
  const request = new Request("https://bot.test", { headers });
  const platform = {
    upgrade: () => assert.fail(),
    waitUntil() {},
    remoteAddress: () => "10.0.0.1",
  };

  assert.equal(clientAddress(request, platform, { trustProxy: true }), "203.0.113.9");
  assert.equal(clientAddress(request, platform, {}), "10.0.0.1");
  assert.equal(
    clientAddress(new Request("https://bot.test"), platform, { trustProxy: true }),
    "10.0.0.1",
  );
  assert.equal(clientAddress(request, undefined, {}), undefined);
});

Deno.test("where there is a public address, what comes from near is a proxy and speaks for others", () => {
  const seen = (remote: string, publicUrl?: string) => {
    const headers = { "x-forwarded-for": "1.1.1.1, 203.0.113.9" };
    const request = new Request("https://bot.test", { headers });
    const platform = {
      upgrade: () => assert.fail(),
      waitUntil() {},
      remoteAddress: () => remote,
    };
    return clientAddress(request, platform, { publicUrl });
  };
  const near = ["127.0.0.1", "::1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "fd00::1", "fe80::1"];

  for (const remote of [...near, "::ffff:10.0.0.1"]) {
    assert.equal(seen(remote, "https://bot.test"), "203.0.113.9");
    assert.notEqual(seen(remote), "203.0.113.9");
  }
  for (const remote of ["198.51.100.1", "172.32.0.1", "11.0.0.1", "2001:db8::1"]) {
    assert.notEqual(seen(remote, "https://bot.test"), "203.0.113.9");
  }
});

/** A connection of which the test counts what comes. */
function connection() {
  const { promise: closed, resolve } = Promise.withResolvers<CloseInfo>();
  return {
    closed,
    received: 0,
    close: (info: CloseInfo = {}) => resolve(info),
    [Symbol.asyncDispose]: () => Promise.resolve(resolve({})),
  };
}

const start = {
  id: "s1",
  transport: "websocket",
  body: {},
  run: ({ signal }: { signal: AbortSignal }) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve())),
} as const;

Deno.test("a session that lasts too long ends, and its client is told first", async () => {
  const sessions = new SessionSet({ limits: { maxDurationMs: 50 } });
  const told: string[] = [];
  const line = connection();
  const session = sessions.start({ ...start, connection: line, fail: (why) => told.push(why) });

  // A client that is told to go closes its connection at once.
  while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = session.signal.aborted;
  line.close();
  await session.done;

  assert.equal(before, false);
  assert.match(told[0] ?? "", /reached its limit of 0\.05 s/);
  assert.equal(session.signal.reason.message, told[0]);
});

Deno.test("a session in which nothing comes ends, and one in which something comes goes on", async () => {
  const sessions = new SessionSet({ limits: { maxIdleMs: 100 } });
  const [silent, talking] = [connection(), connection()];
  const timer = setInterval(() => talking.received++, 10);

  const one = sessions.start({ ...start, id: "silent", connection: silent });
  const other = sessions.start({ ...start, id: "talking", connection: talking });
  const room = sessions.start({ ...start, id: "room" });
  await one.done;
  clearInterval(timer);

  assert.equal(one.signal.reason.message, "Nothing came from the other side for 0.1 s.");
  assert.deepEqual([other.signal.aborted, room.signal.aborted], [false, false]);
  await other.done; // it has fallen silent now
  await sessions.close();
});

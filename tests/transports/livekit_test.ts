import assert from "node:assert/strict";
import { createTicker } from "../../src/audio/ticker.ts";
import type { LiveKitRunnerArguments } from "../../src/core/bot.ts";
import type { CloseInfo } from "../../src/core/duplex.ts";
import { RunnerError } from "../../src/core/error.ts";
import type { LiveKitAccess } from "../../src/ways/livekit/rtc.ts";
import type { Frame } from "../../src/core/frame.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { livekitTransport } from "../../src/ways/livekit/transport.ts";
import type { TransportParams } from "../../src/transports/transport.ts";
import { concatenated, sine } from "../audio/signals.ts";
import { type FakeLiveKit, fakeLiveKit } from "../support/fake_livekit.ts";

const SESSION = "0b9c8f0e-6c1e-4d53-9a0e-1d1f3b0c7a11";
const USER = "User-0b9c8f0e";
const AGENT = 4;

/** A session in a room, of which nobody has come yet. */
function session(room: FakeLiveKit) {
  const controller = new AbortController();
  const ends: CloseInfo[] = [];
  const args: LiveKitRunnerArguments = {
    transport: "livekit",
    sessionId: SESSION,
    body: {},
    signal: controller.signal,
    url: "wss://livekit.test",
    roomName: "room-1",
    token: "secret-token",
  };
  const access: LiveKitAccess = {
    load: () => Promise.resolve(room.rtc),
    end: (info) => void ends.push(info),
  };
  return {
    args,
    access,
    ends,
    abort: () => controller.abort(new RunnerError("session_ended", "over")),
  };
}

/** A session whose user is there. */
async function connected(params: TransportParams = {}) {
  const room = fakeLiveKit();
  const clock = manualClock();
  const { args, access, ends, abort } = session(room);
  const user = room.enter(USER);
  const transport = await livekitTransport(args, access, params, {
    clock,
    ticker: createTicker(20, clock),
  });
  const frames: Frame[] = [];
  const reading = transport.readable.pipeTo(
    new WritableStream({ write: (frame) => void frames.push(frame) }),
  );
  return { room, clock, ends, abort, user, transport, frames, reading };
}

/** Lets what is ready happen. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error instanceof RunnerError ? error.code : error;
  }
}

Deno.test("the bot joins with its token, without what it does not listen to, and waits for the user", async () => {
  const room = fakeLiveKit();
  const { args, access, abort } = session(room);
  let made = false;
  const making = livekitTransport(args, access).finally(() => made = true);
  await settle();
  assert.equal(made, false);

  const user = room.enter(USER);
  const transport = await making;

  assert.equal(transport.name, "livekit");
  assert.deepEqual(room.joined, [{
    url: "wss://livekit.test",
    token: "secret-token",
    options: { autoSubscribe: false, dynacast: false },
  }]);
  assert.ok(user.subscribed);
  abort();
  assert.equal((await transport.closed).closeCode, 1001);
});

Deno.test("the user's audio becomes frames with the time of their stream", async () => {
  const c = await connected({ audioInSampleRate: 16_000 });
  const speak = c.room.speak(c.user);
  await settle();

  speak(new Int16Array(320).fill(7));
  speak(new Int16Array(320).fill(8));
  await settle();

  assert.deepEqual(c.frames, [
    {
      type: "audio",
      samples: new Int16Array(320).fill(7),
      sampleRate: 16_000,
      channels: 1,
      timestamp: 0,
    },
    {
      type: "audio",
      samples: new Int16Array(320).fill(8),
      sampleRate: 16_000,
      channels: 1,
      timestamp: 20,
    },
  ]);
  c.transport.close();
});

Deno.test("what the bot says goes out whole, in pieces of 10 ms at 48 kHz", async () => {
  const c = await connected();
  const tone = sine(440, 48_000, 0.5);
  const writer = c.transport.writable.getWriter();
  // A view into a larger buffer, of which the library would read the beginning.
  const larger = concatenated([new Int16Array(100), tone]);
  await writer.write({
    type: "audio",
    samples: larger.subarray(100),
    sampleRate: 48_000,
    channels: 1,
  });
  for (let i = 0; i < 40; i++) await c.clock.advance(20);

  assert.deepEqual(concatenated(c.room.played), tone);
  assert.ok(c.room.played.every(({ length }) => length % 480 === 0));
  c.transport.close();
});

Deno.test("an interruption clears the library's queue too", async () => {
  const c = await connected();
  const writer = c.transport.writable.getWriter();
  await writer.write({
    type: "audio",
    samples: new Int16Array(48_000),
    sampleRate: 48_000,
    channels: 1,
  });
  await c.clock.advance(100);
  const before = c.room.played.length;

  c.transport.interrupt();
  await c.clock.advance(500);

  assert.equal(c.room.cleared, 1);
  assert.equal(c.room.played.length, before);
  await c.transport.drained();
  c.transport.close();
});

Deno.test("messages and keys travel both ways, RTVI apart", async () => {
  const c = await connected();
  c.room.data({
    id: "r1",
    label: "rtvi-ai",
    type: "client-ready",
    data: { version: "2.1.0", about: { library: "test" } },
  }, c.user);
  c.room.data({ hello: 1 }, c.user);
  c.room.data("no json", c.user);
  c.room.data("17", c.user);
  c.room.press("5", c.user);
  c.room.press("E", c.user);
  const writer = c.transport.writable.getWriter();
  await writer.write({ type: "message", data: { answer: 1 } });
  await writer.write({ type: "dtmf", digit: "#" });
  await settle();

  assert.deepEqual(c.frames, [
    { type: "message", data: { hello: 1 } },
    { type: "dtmf", digit: "5" },
  ]);
  const [ready, answer] = c.room.sent;
  assert.ok(ready && "type" in Object(ready.data));
  assert.deepEqual(answer, { data: { answer: 1 }, to: [USER] });
  assert.deepEqual(c.room.pressed, [{ code: 11, digit: "#" }]);
  assert.equal(await c.transport.rtvi.clientReady, "2.1.0");
  c.transport.close();
});

Deno.test("what the user sends before LiveKit has announced them is answered", async () => {
  const room = fakeLiveKit();
  const { args, access, abort } = session(room);
  const making = livekitTransport(args, access);
  await settle();
  room.data({
    id: "r1",
    label: "rtvi-ai",
    type: "client-ready",
    data: { version: "2.1.0", about: { library: "test" } },
  });
  assert.deepEqual(room.sent, []);

  room.enter(USER);
  const transport = await making;

  assert.equal(await transport.rtvi.clientReady, "2.1.0");
  assert.deepEqual(room.sent.map(({ to }) => to), [[USER]]);
  abort();
});

Deno.test("agents, recorders and the people of other sessions are not served", async () => {
  const room = fakeLiveKit();
  const { args, access } = session(room);
  const others = [
    room.enter("Pipecat Agent-deadbeef", AGENT),
    room.enter("User-deadbeef"),
    room.enter("somebody's agent", AGENT),
    room.enter("recorder", 2),
  ];
  const making = livekitTransport(args, access);
  await settle();
  const guest = room.enter("a guest by another door");

  const transport = await making;
  room.data({ from: "other" }, others[1]);
  others.forEach((who) => room.leave(who));

  assert.ok(guest.subscribed);
  assert.ok(others.every(({ subscribed }) => !subscribed));
  // The session's own user comes late, and takes the guest's place.
  const user = room.enter(USER);
  assert.ok(user.subscribed && !guest.subscribed);
  room.leave(guest);
  room.leave(user);
  assert.deepEqual(await transport.closed, { closeCode: 1000, reason: "The user left the room" });
  const { value, done } = await transport.readable.getReader().read();
  assert.deepEqual([value, done], [undefined, true]);
});

Deno.test("the end of the user, the room or the session is the end of all", async () => {
  for (const [end, closeCode] of [["leave", 1000], ["close", 1006], ["abort", 1001]] as const) {
    const c = await connected();
    if (end === "leave") c.room.leave(c.user);
    else if (end === "close") c.room.close();
    else c.abort();

    assert.equal((await c.transport.closed).closeCode, closeCode);
    await c.reading;
    await c.transport[Symbol.asyncDispose]();
    assert.ok(c.room.left && c.room.sourceClosed, end);
    assert.equal(c.ends.length, 1);
  }
});

Deno.test("disposing lets what was written be heard", async () => {
  const c = await connected();
  const writer = c.transport.writable.getWriter();
  await writer.write({
    type: "audio",
    samples: new Int16Array(4800),
    sampleRate: 48_000,
    channels: 1,
  });

  const disposing = c.transport[Symbol.asyncDispose]();
  await c.clock.advance(100);
  assert.equal(c.room.left, false);
  await c.clock.advance(1000);
  await disposing;

  assert.equal(c.room.left, true);
});

Deno.test("a refusal does not tell the token", async () => {
  const room = fakeLiveKit((token) => new Error(`401 Unauthorized - invalid token: ${token}`));
  const { args, access, ends } = session(room);

  await assert.rejects(livekitTransport(args, access), (error) => {
    assert.ok(error instanceof RunnerError);
    assert.equal(error.code, "room_not_joined");
    assert.match(error.message, /401/);
    assert.ok(!`${error.message}${error.cause}`.includes("secret-token"));
    return true;
  });
  assert.ok(room.sourceClosed);
  assert.equal(ends.length, 1);
});

Deno.test("a session that ends while its room is joined leaves it", async () => {
  const room = fakeLiveKit();
  const { args, access, abort } = session(room);
  const making = livekitTransport(args, access);
  await settle();
  abort();
  assert.equal(await codeOf(making), "session_ended");
  assert.ok(room.left);
});

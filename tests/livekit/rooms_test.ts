/**
 * Bots in the rooms of a real LiveKit server, where there is one: see server.ts.
 */
import * as rtc from "@livekit/rtc-node";
import assert from "node:assert/strict";
import type { Bot, LiveKitRunnerArguments, RunnerArguments } from "../../src/core/bot.ts";
import type { Frame } from "../../src/core/frame.ts";
import type { LiveKitRtc } from "../../src/ways/livekit/rtc.ts";
import { RunnerError } from "../../src/core/error.ts";
import { createRunner, type Runner } from "../../src/runner.ts";
import { loadLiveKitRtc } from "../../src/runtimes/livekit_rtc.ts";
import { createTransport } from "../../src/transports/create.ts";
import { concatenated, speechLike } from "../audio/signals.ts";
import { likeness } from "../webrtc/call.ts";
import {
  delay,
  type Guest,
  joinAsGuest,
  LIVEKIT_SERVER,
  type LiveKitServer,
  startLiveKit,
  until,
} from "./server.ts";

const RATE = 48_000;

/** A test that needs the server. */
function liveTest(name: string, test: (server: LiveKitServer) => Promise<void>): void {
  Deno.test({
    name: `a real LiveKit server: ${name}`,
    ignore: !LIVEKIT_SERVER,
    async fn() {
      await using server = await startLiveKit();
      await test(server);
    },
  });
}

interface Call extends AsyncDisposable {
  readonly runner: Runner;
  readonly guest: Guest;
  /** The identity of the bot. */
  readonly agent: string;
  readonly url: string;
}

/** A runner with one session, whose user is in the room. */
async function call(
  server: LiveKitServer,
  bot: Bot,
  environment: Record<string, string> = {},
): Promise<Call> {
  const runner = createRunner(bot, {
    environment: { ...server.environment, ...environment },
    livekit: loadLiveKitRtc,
  });
  const { url, token, sessionId } = await start(runner);
  const guest = await joinAsGuest(url, token);
  const agent = `Pipecat Agent-${sessionId.slice(0, 8)}`;
  return {
    runner,
    guest,
    agent,
    url,
    async [Symbol.asyncDispose]() {
      await guest.leave();
      await runner.close();
    },
  };
}

async function start(runner: Runner): Promise<{ url: string; token: string; sessionId: string }> {
  const body = JSON.stringify({ transport: "livekit", body: { name: "Ann" } });
  const response = await runner.fetch(
    new Request("http://bot.test/start", { method: "POST", body }),
  );
  assert.equal(response.status, 200);
  return await response.json();
}

async function echo(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

/** How alike pieces of 400 ms are, those of the second second on: before, jitter buffers stretch. */
function alikePieces(said: Int16Array, heard: Int16Array): number[] {
  const pieces: number[] = [];
  for (let at = 1.2 * RATE; at + 0.4 * RATE <= said.length; at += 0.4 * RATE) {
    const piece = said.subarray(at, at + 0.4 * RATE);
    pieces.push(likeness(piece, heard.subarray(at, at + 1.2 * RATE)));
  }
  return pieces;
}

Deno.test("the library is what the runner takes it for", () => {
  const library: LiveKitRtc = rtc;

  assert.ok(library.Room && library.AudioSource && library.AudioStream);
});

liveTest("an echo comes back", async (server) => {
  await using c = await call(server, echo);
  const speech = speechLike(RATE, 4);
  await until(() => c.guest.heard.has(c.agent));

  await c.guest.say(speech);
  await delay(300);

  const pieces = alikePieces(speech, concatenated(c.guest.heard.get(c.agent)!));
  console.log("echo", pieces.map((alike) => alike.toFixed(3)).join(" "));
  // Two jitter buffers, which stretch and shrink what they hold, are on the way.
  assert.ok(pieces.sort((a, b) => a - b)[Math.floor(pieces.length / 2)]! > 0.9, `${pieces}`);
});

liveTest("what the bot says is heard to its end before it leaves", async (server) => {
  const speech = speechLike(24_000, 3);
  const said = Promise.withResolvers<void>();
  await using c = await call(server, async (args) => {
    await using transport = await createTransport(args);
    const writer = transport.writable.getWriter();
    await writer.write({ type: "audio", samples: speech, sampleRate: 24_000, channels: 1 });
    await said.promise;
  });
  await until(() => c.guest.heard.has(c.agent));
  said.resolve();
  await until(() => c.guest.room.remoteParticipants.size === 0);

  const heard = concatenated(c.guest.heard.get(c.agent)!);
  const pieces = alikePieces(speechLike(RATE, 3), heard);
  const end = likeness(speechLike(RATE, 3).subarray(2.6 * RATE, 2.98 * RATE), heard);
  console.log(
    "said",
    pieces.map((alike) => alike.toFixed(3)).join(" "),
    "end",
    end.toFixed(3),
  );
  assert.ok(pieces.sort((a, b) => a - b)[1]! > 0.9, `${pieces}`);
  assert.ok(end > 0.9, `${end}`);
});

liveTest("RTVI and app messages travel both ways, to the user alone", async (server) => {
  const read: unknown[] = [];
  await using c = await call(server, async (args) => {
    await using transport = await createTransport(args);
    const writer = transport.writable.getWriter();
    for await (const frame of transport.readable) {
      if (frame.type !== "message") continue;
      read.push(frame.data);
      for (let i = 0; i < 100; i++) await writer.write({ type: "message", data: { i } });
    }
  });
  const ready = {
    id: "r1",
    label: "rtvi-ai",
    type: "client-ready",
    data: { version: "2.1.0", about: { library: "test" } },
  };
  await c.guest.send(ready); // at once, before LiveKit has told the bot of the user
  const stranger = await joinAsGuest(c.url, await strangerToken(server, c.guest.room.name!));
  await until(() => c.guest.heard.has(c.agent));

  await delay(200); // before it is announced, nobody can tell whose data it is
  await stranger.send({ from: "a stranger" });
  await c.guest.send({ hello: "bot" });
  await until(() => c.guest.messages.length >= 102);

  const [answer, ...rest] = c.guest.messages.filter(({ data }) => !("from" in Object(data)));
  assert.equal((answer?.data as { type: string }).type, "bot-ready"); // or the assertion fails
  assert.equal(answer?.topic || undefined, undefined);
  assert.deepEqual(rest.map(({ data }) => data), Array.from({ length: 100 }, (_, i) => ({ i })));
  assert.deepEqual(read, [{ hello: "bot" }]);
  const fromBot = stranger.messages.filter(({ data }) => !Object.hasOwn(Object(data), "label"));
  assert.deepEqual(fromBot.map(({ data }) => data), [{ hello: "bot" }]); // the user's, to everybody
  await stranger.leave();
});

liveTest("keys are pressed both ways", async (server) => {
  const pressed: string[] = [];
  await using c = await call(server, async (args) => {
    await using transport = await createTransport(args);
    const writer = transport.writable.getWriter();
    for await (const frame of transport.readable) {
      if (frame.type !== "dtmf") continue;
      pressed.push(frame.digit);
      await writer.write(frame);
    }
  });
  await until(() => c.guest.heard.has(c.agent));

  await c.guest.room.localParticipant!.publishDtmf(5, "5");
  await c.guest.room.localParticipant!.publishDtmf(11, "#");
  await until(() => c.guest.keys.length === 2);

  assert.deepEqual(pressed, ["5", "#"]);
  assert.deepEqual(c.guest.keys, ["5", "#"]);
});

liveTest("the session ends when the user leaves", async (server) => {
  const ended = Promise.withResolvers<LiveKitRunnerArguments>();
  await using c = await call(server, async (args) => {
    assert.ok(args.transport === "livekit");
    await echo(args);
    ended.resolve(args);
  });
  await until(() => c.guest.heard.has(c.agent));
  const { runner, guest } = c;

  await guest.leave();

  const { signal, body } = await ended.promise;
  assert.ok(signal.aborted);
  assert.deepEqual(body, { name: "Ann" });
  await until(() => runner.sessions.size === 0);
});

liveTest("the bot leaves when the runner closes, even while it waits", async (server) => {
  const runner = createRunner(echo, { environment: server.environment, livekit: loadLiveKitRtc });
  const { url } = await start(runner);
  await delay(200);

  await runner.close();

  assert.equal(runner.sessions.size, 0);
  assert.ok(url);
});

liveTest("an interruption cuts what was not heard", async (server) => {
  await using c = await call(server, async (args) => {
    await using transport = await createTransport(args);
    const writer = transport.writable.getWriter();
    await writer.write({ type: "audio", samples: tone(5), sampleRate: RATE, channels: 1 });
    await delay(1000);
    transport.interrupt();
    await transport.drained();
    await delay(1500);
  });
  await until(() => c.guest.heard.has(c.agent));
  await until(() => c.guest.room.remoteParticipants.size === 0);

  const heard = concatenated(c.guest.heard.get(c.agent)!);
  const loud = heard.filter((sample) => Math.abs(sample) > 1000).length / RATE;
  console.log("interrupted after", loud.toFixed(2), "s of tone");
  assert.ok(loud > 0.5 && loud < 1.5, `${loud} s`);
});

liveTest("two sessions in one room keep to their own users", async (server) => {
  const heard: Frame[] = [];
  const room = { LIVEKIT_ROOM_NAME: "shared" };
  await using first = await call(server, echo, room);
  await using second = await call(server, async (args) => {
    await using transport = await createTransport(args);
    for await (const frame of transport.readable) {
      if (frame.type === "audio" && frame.samples.some((s) => Math.abs(s) > 2000)) {
        heard.push(frame);
      }
    }
  }, room);
  await until(() => first.guest.heard.has(first.agent) && second.guest.heard.has(second.agent));
  assert.equal(first.guest.room.name, "shared");

  await first.guest.say(tone(0.5));
  await first.guest.leave();

  await until(() => first.runner.sessions.size === 0);
  assert.equal(second.runner.sessions.size, 1);
  assert.equal(heard.length, 0);
});

liveTest("a wrong secret is an error that does not tell the token", async (server) => {
  const failure = Promise.withResolvers<unknown>();
  const runner = createRunner(async (args) => {
    try {
      await echo(args);
    } catch (error) {
      assert.ok(args.transport === "livekit");
      failure.resolve([error, args.token]);
    }
  }, {
    environment: {
      ...server.environment,
      LIVEKIT_API_SECRET: "another-secret-of-enough-characters",
    },
    livekit: loadLiveKitRtc,
  });

  await start(runner);

  const [error, token] = await failure.promise as [unknown, string]; // as resolved above
  assert.ok(error instanceof RunnerError);
  assert.equal(error.code, "room_not_joined");
  assert.match(error.message, /401/);
  assert.ok(!error.message.includes(token) && error.cause === undefined);
  await runner.close();
});

function tone(seconds: number): Int16Array {
  return Int16Array.from(
    { length: seconds * RATE },
    (_, i) => Math.round(8000 * Math.sin(2 * Math.PI * 440 * i / RATE)),
  );
}

async function strangerToken(server: LiveKitServer, roomName: string): Promise<string> {
  const { configureLiveKit } = await import("../../src/ways/livekit/configure.ts");
  const { environment } = server;
  const { userToken } = await configureLiveKit({ environment, roomName, sessionId: "deadbeef" });
  return userToken;
}

import assert from "node:assert/strict";
import { createRunner } from "../../src/runner.ts";
import {
  callWebRtc,
  callWebSocket,
  checkScript,
  type FetchTarget,
  memoryPeers,
} from "../../src/testing/mod.ts";
import { virtualClock } from "../../src/testing/virtual_clock.ts";
import { createTransport } from "../../src/transports/create.ts";
import { sine } from "../audio/signals.ts";

const RATE = 24_000;
const tone = (ms: number, rate = RATE) => ({
  type: "audio" as const,
  samples: sine(440, rate, ms / 1000),
  sampleRate: rate,
  channels: 1 as const,
});

const WAYS = {
  websocket: (runner: FetchTarget, clock = virtualClock()) =>
    callWebSocket(runner, { pace: "virtual", clock }),
  webrtc: (runner: FetchTarget, clock = virtualClock()) =>
    callWebRtc(runner, { pace: "virtual", clock }),
};
for (const [way, visit] of Object.entries(WAYS)) {
  Deno.test(`a bot is talked with by ${way} as on the phone: sound, keys, text, transcript`, async () => {
    const runner = createRunner(async (args) => {
      assert.equal(args.transport, way);
      await using transport = await createTransport(args);
      const { writable, rtvi } = transport;
      void transport.keys({ count: 2 }).then((keys) => rtvi.userSaid(`keys ${keys}`));
      void (async () => {
        for await (const message of rtvi.messages) {
          if (message.type === "send-text") rtvi.userSaid(message.data.content);
        }
      })();
      const writer = writable.getWriter();
      for await (const samples of transport.audio()) {
        if (samples.some((sample) => Math.abs(sample) > 200)) break;
      }
      writer.releaseLock();
      await transport.say(tone(400), { text: "Yes." }).done;
      await transport.readable.pipeTo(new WritableStream());
    }, { webrtc: memoryPeers() });
    await using caller = await visit(runner);

    const { responseMs } = await caller.say(tone(20));
    caller.press("12");
    caller.sendText("typed");
    const answer = await responseMs;
    await caller.untilSilence();

    assert.ok(answer !== undefined && answer < 200, `${answer} ms`);
    assert.deepEqual(caller.transcript.map(({ text }) => text).sort(), [
      "Yes.",
      "keys 12",
      "typed",
      "typed", // as the runner acknowledges it, and as the bot says it
    ]);
    assert.ok(caller.messages.length > 4);
  });

  Deno.test(`a minute of conversation by ${way} takes two seconds at most, and times are exact`, async () => {
    const clock = virtualClock();
    const runner = createRunner(async (args) => {
      await using transport = await createTransport(args);
      let silentMs = -Infinity;
      for await (const samples of transport.audio()) {
        silentMs = samples.some((sample) => Math.abs(sample) > 200) ? 0 : silentMs + 20;
        if (silentMs === 100) transport.say(tone(400));
      }
    }, { webrtc: memoryPeers() });
    await using caller = await visit(runner, clock);
    const began = performance.now();
    const answers: number[] = [];

    const from = clock.now();
    while (clock.now() - from < 60_000) {
      const { responseMs } = await caller.say(tone(500));
      answers.push(await responseMs ?? NaN);
      await caller.untilSilence(500);
    }

    const took = performance.now() - began;
    assert.ok(took < 2000, `${took} ms for a minute`);
    assert.ok(answers.length > 30, `${answers.length} turns`);
    assert.ok(Math.max(...answers) - Math.min(...answers) < 0.1, `${answers}`);
  });

  Deno.test(`a bot that is interrupted by ${way} stops, and the time it takes is told`, async () => {
    const runner = createRunner(async (args) => {
      await using transport = await createTransport(args);
      transport.say(tone(10_000));
      for await (const samples of transport.audio()) {
        if (samples.some((sample) => Math.abs(sample) > 200)) break;
      }
      transport.interrupt();
      await transport.readable.pipeTo(new WritableStream());
    }, { webrtc: memoryPeers() });
    await using caller = await visit(runner);

    const { stoppedMs } = await caller.interruptAfter(1000, tone(600));

    const stopped = await stoppedMs;
    assert.ok(stopped <= 400, `it went on for ${stopped} ms`);
  });

  Deno.test(`a bot that leaves at once is not ready by ${way}`, async () => {
    const runner = createRunner(() => {}, { webrtc: memoryPeers() });

    await assert.rejects(visit(runner), { code: "not_connected" });
  });

  Deno.test(`a bot that fails is told of by ${way}, and what it has said is heard before`, async () => {
    const runner = createRunner(async (args) => {
      const transport = await createTransport(args);
      await transport.rtvi.clientReady;
      await transport.say(tone(300)).done;
      throw new Error("on purpose");
    }, { webrtc: memoryPeers() });
    await using caller = await visit(runner);

    const check = checkScript(
      caller,
      { steps: [{ wait_for: "speech" }, { expect: { hung_up_by: "bot" } }] },
      new URL(".", import.meta.url),
    );

    await assert.rejects(check, { code: "call_failed", message: /^The bot failed/ });
    assert.equal((await caller.ended).by, "server");
  });
}

Deno.test("a WebSocket that is refused says why", async () => {
  const runner = createRunner(() => {});

  await assert.rejects(callWebSocket(runner, { path: "/ws-client/nobody" }), {
    code: "stream_refused",
  });
});

Deno.test("the body of a WebRTC call is the bot's", async () => {
  let body: unknown;
  const runner = createRunner(async (args) => {
    body = args.body;
    await using transport = await createTransport(args);
    await transport.rtvi.clientReady;
  }, { webrtc: memoryPeers() });
  const caller = await callWebRtc(runner, { pace: "virtual", body: { table: 2 } });

  await caller.ended;

  assert.deepEqual(body, { table: 2 });
});

Deno.test("a runner with no such peers refuses, and says what it needs", async () => {
  await assert.rejects(callWebRtc(createRunner(() => {})), {
    code: "stream_refused",
    message: /memoryPeers/,
  });
});

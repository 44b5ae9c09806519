import assert from "node:assert/strict";
import { createRunner } from "../../src/runner.ts";
import { callWebSocket } from "../../src/testing/mod.ts";
import { createTransport } from "../../src/transports/create.ts";
import { sine } from "../audio/signals.ts";

const RATE = 24_000;
const tone = (ms: number) => sine(440, RATE, ms / 1000);

Deno.test("a bot is talked with over a WebSocket as on the phone: sound, keys, text, transcript", async () => {
  const runner = createRunner(async (args) => {
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
    const sound = { type: "audio", samples: tone(400), sampleRate: RATE, channels: 1 } as const;
    await transport.say(sound, { text: "Yes." }).done;
    await transport.readable.pipeTo(new WritableStream());
  });
  await using caller = await callWebSocket(runner, { pace: "virtual" });

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

Deno.test("a bot that leaves at once is not ready", async () => {
  const runner = createRunner(() => {});

  await assert.rejects(callWebSocket(runner, { pace: "virtual" }), { code: "not_connected" });
});

Deno.test("a WebSocket that is refused says why", async () => {
  const runner = createRunner(() => {});

  await assert.rejects(callWebSocket(runner, { path: "/ws-client/nobody" }), {
    code: "stream_refused",
  });
});

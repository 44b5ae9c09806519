/**
 * Turns over the transports of phone calls, whose time is that of the test.
 */
import assert from "node:assert/strict";
import { CARRIER_NAMES } from "../../src/core/transport_names.ts";
import { loadSpeech } from "../../src/demo/speech.ts";
import { call } from "../../src/testing/mod.ts";
import { type Turn, type TurnEnd, turns } from "../../src/turns/mod.ts";
import { type Answered, answering } from "../testing/telephone.ts";

async function words() {
  const { samples, sampleRate } = (await loadSpeech()).synthesize("The long train comes.");
  return { type: "audio", samples, sampleRate, channels: 1 } as const;
}

for (const carrier of CARRIER_NAMES) {
  Deno.test(`${carrier}: what a caller says is a turn, also while others read`, async () => {
    const { promise: told, resolve } = Promise.withResolvers<{ turn: Turn; end: TurnEnd }>();
    let read = 0;
    const { runner } = answering(async ({ transport }: Answered) => {
      const reading = (async () => {
        for await (const samples of transport.audio()) read += samples.length;
      })();
      for await (const turn of turns(transport)) {
        resolve({ turn, end: await turn.ended });
        break;
      }
      await reading;
    });
    const said = await words();
    await using caller = await call(runner, { carrier, pace: "fast" });

    await caller.say(new Int16Array(caller.sampleRate));
    await caller.say(said);
    await caller.say(new Int16Array(caller.sampleRate));

    const { turn, end } = await told;
    const saidMs = said.samples.length / said.sampleRate * 1000;
    assert.ok(Math.abs(turn.startMs - 1000) < 300, `began at ${turn.startMs} ms`);
    assert.ok(end.durationMs > saidMs - 500 && end.durationMs < saidMs, `${end.durationMs} ms`);
    assert.equal(end.clip.sampleRate, caller.sampleRate);
    assert.ok(read > caller.sampleRate);
    await caller.hangUp();
  });
}

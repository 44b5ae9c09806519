/**
 * Somebody who talks to a bot, by phone.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Bot } from "../../src/core/bot.ts";
import { createRunner } from "../../src/runner.ts";
import { call } from "../../src/testing/mod.ts";
import { speechLike } from "../audio/signals.ts";
import { createEar, type Ear } from "./ear.ts";
import { memoryRecording, type Recorded } from "./memory_recording.ts";

/** Somebody in a call with a bot. */
export interface Talker extends AsyncDisposable {
  readonly ear: Ear;
  /** Talks for so long, in ms. */
  talk(ms: number): Promise<void>;
  /** Leaves; resolves with the recording of the call, when that is whole. */
  leave(): Promise<Recorded>;
}

/** Phones a bot by way of Twilio. */
export async function phone(bot: Bot): Promise<Talker> {
  const { feature, recorded } = memoryRecording();
  const caller = await call(createRunner(bot, { use: [feature] }), { carrier: "twilio" });
  const ear = createEar(caller.sampleRate);
  const listening = (async () => {
    for await (const { samples, timestamp = 0 } of caller.heard) ear.push(samples, timestamp);
  })();
  return {
    ear,
    talk: (ms) => caller.say(speechLike(caller.sampleRate, ms / 1000)),
    async leave() {
      await caller.hangUp();
      await listening;
      assert.deepEqual(caller.violations, []);
      return await recorded;
    },
    [Symbol.asyncDispose]: () => caller[Symbol.asyncDispose](),
  };
}

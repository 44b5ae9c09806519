/**
 * Somebody who talks to a bot, by phone.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Bot } from "../../src/core/bot.ts";
import { audioDuration } from "../../src/core/frame.ts";
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

/** What is silent for less, in ms, is silent because this machine is busy, and is left out. */
const PAUSE_MS = 300;

/** Phones a bot by way of Twilio. */
export async function phone(bot: Bot): Promise<Talker> {
  const { feature, recorded } = memoryRecording();
  const caller = await call(createRunner(bot, { use: [feature] }), { carrier: "twilio" });
  const ear = createEar(caller.sampleRate);
  const listening = (async () => {
    let end = 0;
    for await (const frame of caller.heard) {
      const { timestamp = 0, samples } = frame;
      const at = timestamp - end < PAUSE_MS ? end : timestamp;
      ear.push(samples, at);
      end = at + audioDuration(frame);
    }
  })();
  return {
    ear,
    talk: async (ms) => void await caller.say(speechLike(caller.sampleRate, ms / 1000)),
    async leave() {
      await caller.hangUp();
      await listening;
      assert.deepEqual(caller.violations, []);
      return await recorded;
    },
    [Symbol.asyncDispose]: () => caller[Symbol.asyncDispose](),
  };
}

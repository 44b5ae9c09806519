import { hostClock } from "../../../src/core/clock.ts";
import { parseWav } from "../../../src/audio/wav.ts";
import { createEar, type Ear, isLoud } from "../../../src/testing/ear.ts";
import type { ScriptStep } from "../../../src/testing/script.ts";
import { STEP_MS } from "../audio/loudness.ts";
import type { Step } from "../audio/recorder.ts";
import { testOfCall } from "../kept/test_of_call.ts";
import type { CallRecord } from "../session/record.ts";

/** The caller of a call that is over, who calls once more. */
export interface RecordedCaller {
  /** What they say, as of a microphone. */
  readonly voice: MediaStream;
  /** Takes what is heard of the bot. */
  hear(step: Step): void;
  /**
   * Does what the caller did, once, however often it is told to; resolves when all is done, or the
   * call is over.
   *
   * @param afterMs Begins after so long. Default: 0.
   */
  talk(hands: Hands, afterMs?: number): Promise<void>;
  close(): void;
}

/** What a caller does beside talking. */
export interface Hands {
  press(key: string): void;
  say(text: string): void;
}

/** How much longer than before is waited for an answer, in ms. */
const LATE_MS = 5000;
/** The bot may be so much slower before the call is given up: this many times as long, and more. */
const LONGEST = 2;
const LONGER_MS = 15_000;
/** How long the last silence is, in ms. */
const DONE_MS = 2000;

/**
 * Makes the caller of a call; undefined where nothing was recorded that they could do.
 *
 * @throws {Error} For a sound that cannot be read.
 */
export async function createRecordedCaller(
  record: CallRecord,
): Promise<RecordedCaller | undefined> {
  const test = await testOfCall(record);
  const steps = test?.steps.filter((step) => !("expect" in step)) ?? [];
  if (!test || steps.length === 0) return undefined;
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const over = Promise.withResolvers<void>();
  const hearing = Promise.withResolvers<Ear>();
  let ear: Ear | undefined;
  /** Resolves when all is done; absent before the caller has begun. */
  let talked: Promise<void> | undefined;
  let closed = false;
  // By the clock on the wall, as the sound that was heard is.
  const clock = { ...hostClock, now: () => Date.now() };

  const pause = async (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(0, ms));
    await Promise.race([promise, over.promise]);
    clearTimeout(timer);
  };

  /** Says a clip; resolves with the time of its last sound. */
  async function play(name: string): Promise<number> {
    const { samples, sampleRate } = parseWav(test!.clips.get(name)!); // a test has its clips
    const buffer = new AudioBuffer({ length: Math.max(1, samples.length), sampleRate });
    const channel = buffer.getChannelData(0);
    samples.forEach((sample, i) => channel[i] = sample / 32768);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(destination);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    source.onended = () => end();
    const began = Date.now();
    source.start();
    await Promise.race([ended, over.promise]);
    return began + (samples.findLastIndex(isLoud) + 1) * 1000 / sampleRate;
  }

  async function say(
    step: Extract<ScriptStep, { readonly say: string }>,
    ear: Ear,
  ): Promise<void> {
    const { say: name, barge_in_after_ms: bargeIn, within_ms: within } = step;
    if (bargeIn !== undefined) await pause(await ear.untilSpeech() + bargeIn - Date.now());
    const last = await play(name);
    // Where it was answered before, it will be again.
    if (within !== undefined) {
      await Promise.race([ear.beginningAfter(last), pause(within + LATE_MS)]);
    }
  }

  async function act(step: ScriptStep, ear: Ear, { press, say: type }: Hands): Promise<unknown> {
    if ("say" in step) return await say(step, ear);
    if ("press" in step) return [...step.press].forEach(press);
    if ("send_text" in step) return type(step.send_text);
    if ("pause_ms" in step) return await pause(step.pause_ms);
    if (!("wait_for" in step)) return;
    return await (step.wait_for === "speech"
      ? ear.untilSpeech()
      : ear.untilSilence(step.silent_ms));
  }

  async function doAll(hands: Hands): Promise<void> {
    void context.resume();
    const { endedAt = 0 } = record.get();
    const everything = async (): Promise<void> => {
      const ear = await hearing.promise;
      // A bot that says nothing is no reason to say nothing more.
      for (const step of steps) await act(step, ear, hands).catch(() => {});
      await ear.untilSilence(DONE_MS);
    };
    await Promise.race([everything(), pause(LONGEST * endedAt + LONGER_MS)]);
  }

  return {
    voice: destination.stream,
    hear({ block, sampleRate, at }) {
      if (!ear) {
        ear = createEar({ clock, began: 0, sampleRate });
        hearing.resolve(ear);
      }
      if (block) ear.hear(block.subarray(block.length / 2), at - STEP_MS);
    },
    async talk(hands, afterMs = 0) {
      await pause(afterMs);
      if (closed) return;
      await (talked ??= doAll(hands));
    },
    close() {
      closed = true;
      over.resolve();
      ear?.end();
      void context.close();
    },
  };
}

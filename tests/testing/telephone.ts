/**
 * A bot on the phone, and what a test asks of it.
 */
import assert from "node:assert/strict";
import type { TelephonyRunnerArguments } from "../../src/core/bot.ts";
import type { AudioFrame } from "../../src/core/frame.ts";
import { createRunner, type Runner, type RunnerOptions } from "../../src/runner.ts";
import type { Caller } from "../../src/testing/mod.ts";
import { createTransport } from "../../src/transports/create.ts";
import type { Transport } from "../../src/transports/transport.ts";

/** A call as the bot has it. */
export interface Answered {
  readonly args: TelephonyRunnerArguments;
  readonly transport: Transport;
}

/** A runner whose bot does one thing with each call; `answered` settles with the first. */
export function answering(
  behave: (answered: Answered) => Promise<void>,
  options: RunnerOptions = {},
): { readonly runner: Runner; readonly answered: Promise<Answered> } {
  const { promise: answered, resolve } = Promise.withResolvers<Answered>();
  const runner = createRunner(async (args) => {
    assert.ok("callData" in args);
    await using transport = await createTransport(args);
    resolve({ args, transport });
    await behave({ args, transport });
  }, options);
  return { runner, answered };
}

/** Says back what it hears. */
export async function echo({ transport }: Answered): Promise<void> {
  await transport.readable.pipeTo(transport.writable);
}

/** Reads to the end, and keeps nothing. */
export async function listen({ transport }: Answered): Promise<void> {
  await transport.readable.pipeTo(new WritableStream());
}

/** Audio that a bot makes, at a rate that no carrier has. */
export function made(samples: Int16Array, sampleRate = 8000): AudioFrame {
  return { type: "audio", samples, sampleRate, channels: 1 };
}

/** Listens until this much was heard, in ms, or the call is over. */
export async function hear(caller: Caller, ms: number): Promise<Int16Array> {
  const samples: number[] = [];
  for await (const frame of caller.heard) {
    samples.push(...frame.samples);
    if (samples.length >= ms * caller.sampleRate / 1000) break;
  }
  return Int16Array.from(samples);
}

/** The part of the samples that is not silence. */
export function loudPart(samples: Int16Array): Int16Array {
  const loud = (sample: number) => Math.abs(sample) > 200;
  const first = samples.findIndex(loud);
  return first < 0 ? new Int16Array(0) : samples.slice(first, samples.findLastIndex(loud) + 1);
}

/** Waits for something that no event tells. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

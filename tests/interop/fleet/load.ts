/**
 * Callers and clients that come all the time, and what becomes of them.
 *
 * @module
 */
import { RunnerError } from "../../../src/core/error.ts";
import { call } from "../../../src/testing/mod.ts";
import { sine } from "../../audio/signals.ts";

/** What became of those who came. */
export interface Tally {
  /** Calls that were answered, talked, and were ended by their callers. */
  calls: number;
  /** Calls that the other side has ended. */
  cut: number;
  /** Callers who were told that all lines are busy. */
  busy: number;
  /** Calls that came to nothing, without a word. */
  failed: number;
  /** Sessions of `POST /start` whose WebSocket was open. */
  starts: number;
  /** Those that were told to try again, by a 503 or a 429. */
  refused: number;
  /** Those that got another answer, or none, or no WebSocket. */
  lost: number;
  /** How long each `POST /start` took, in ms. */
  readonly times: number[];
  /** What went wrong, once each. */
  readonly reasons: Set<string>;
}

/** How many come, and for how long they stay. */
export interface LoadOptions {
  readonly callsPerSecond: number;
  readonly callMs: number;
  readonly startsPerSecond: number;
}

/** A load, which goes on until it is ended. */
export interface Load {
  readonly tally: Tally;
  /** Lets nobody come any more; resolves when all have left. */
  end(): Promise<Tally>;
}

const SESSION_MS = 500;

/** Makes a load on a runner. */
export function startLoad(url: string, options: LoadOptions): Load {
  const { callsPerSecond, callMs, startsPerSecond } = options;
  const tally: Tally = {
    calls: 0,
    cut: 0,
    busy: 0,
    failed: 0,
    starts: 0,
    refused: 0,
    lost: 0,
    times: [],
    reasons: new Set(),
  };
  const there = new Set<Promise<void>>();
  const every = (perSecond: number, come: () => Promise<void>) =>
    perSecond === 0 ? undefined : setInterval(() => {
      const visit = come().finally(() => there.delete(visit));
      there.add(visit);
    }, 1000 / perSecond);
  const timers = [
    every(callsPerSecond, () => talk(url, callMs, tally)),
    every(startsPerSecond, () => begin(url, tally)),
  ];
  return {
    tally,
    async end() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(there);
      return tally;
    },
  };
}

/** Calls, says something, hears it, and hangs up after a time. */
async function talk(url: string, callMs: number, tally: Tally): Promise<void> {
  try {
    const caller = await call(url, { carrier: "twilio" });
    const heard = caller.untilSpeech();
    heard.catch(() => {}); // what was said may not be heard by a bot whose process has died
    await caller.say(sine(500, caller.sampleRate, 0.2));
    await heard;
    await caller.pause(callMs);
    await caller.hangUp();
    const { by } = await caller.ended;
    if (by === "caller") tally.calls++;
    else tally.cut++;
  } catch (error) {
    const code = error instanceof RunnerError ? error.code : "";
    if (code === "call_refused") tally.busy++;
    else if (code === "not_heard") tally.cut++;
    else {
      tally.failed++;
      tally.reasons.add(`call: ${error}`.slice(0, 200));
    }
  }
}

/** Starts a session, connects, and leaves. */
async function begin(url: string, tally: Tally): Promise<void> {
  const began = performance.now();
  try {
    const response = await fetch(`${url}/start`, {
      method: "POST",
      body: '{"transport":"websocket"}',
    });
    tally.times.push(performance.now() - began);
    const text = await response.text();
    if (response.status === 503 || response.status === 429) {
      tally.refused++;
      if (!response.headers.has("retry-after")) tally.reasons.add(`start: no Retry-After: ${text}`);
      return;
    }
    if (!response.ok) throw new Error(`${response.status} ${text.slice(0, 100)}`);
    await visit(JSON.parse(text).wsUrl);
    tally.starts++;
  } catch (error) {
    tally.lost++;
    tally.reasons.add(`start: ${error}`.slice(0, 200));
  }
}

async function visit(url: string): Promise<void> {
  const socket = new WebSocket(url);
  const closed = new Promise<void>((resolve) => socket.onclose = () => resolve());
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error("The WebSocket was refused"));
  });
  await new Promise((resolve) => setTimeout(resolve, SESSION_MS));
  socket.close();
  await closed;
}

/** A part of all times, such as 0.99, in ms. */
export function quantile(times: readonly number[], part: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
}

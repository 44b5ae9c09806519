/**
 * A caller whose time is counted in sound: each 20 ms that it sends, it hears 20 ms of what the bot
 * has written. Nothing waits for a clock.
 */
import type { Clock } from "../../src/core/clock.ts";
import { setImmediate } from "node:timers";
import { boundedReadable } from "../../src/core/bounded_readable.ts";
import type { CloseInfo } from "../../src/core/duplex.ts";
import type { AudioFrame, Frame } from "../../src/core/frame.ts";
import type { Peer } from "../../src/core/peer.ts";
import type { RtviClientData } from "../../src/rtvi/client_messages.ts";
import type { RtviClientType, RtviServerMessage } from "../../src/rtvi/protocol.ts";
import type { BotOutput } from "../../src/rtvi/server_messages.ts";
import { webrtcTransport } from "../../src/transports/peer_transport.ts";
import type { Transport } from "../../src/transports/transport.ts";

const STEP_MS = 20;

export interface Caller {
  readonly peer: Peer;
  /** The bot's end. */
  readonly transport: Transport;
  /** What the bot sent on the RTVI channel, and when. */
  readonly messages: (RtviServerMessage & { readonly at: number })[];
  /** The caller's time, for the bot to use. */
  readonly clock: Clock;
  /** Time since the call began, in ms. */
  readonly now: number;
  /** How much sound the bot has handed over since the call began, in ms. */
  readonly written: number;
  /** When sound of the bot was heard last, in ms. */
  readonly heardAt: number;
  /** Speaks, then is silent for a time in ms. */
  say(samples: Int16Array, thenMs?: number): Promise<void>;
  /** Is silent for a time in ms. */
  wait(ms: number): Promise<void>;
  /** Is silent until something is true. */
  waitUntil(condition: () => boolean): Promise<void>;
  press(digit: string): void;
  send<T extends RtviClientType>(type: T, data: RtviClientData[T], id?: string): void;
  /** All sound of the bot heard since the call began or this was called last, pauses left out. */
  heard(): Int16Array;
  hangUp(): void;
}

/**
 * @param sampleRate Of the caller's own sound, in Hz.
 * @param leadMs Sound that the transport takes before it makes the bot wait.
 */
export function createCaller(sampleRate = 16_000, leadMs = 200): Caller {
  const incoming = boundedReadable<Frame>(500);
  const { promise: closed, resolve: close } = Promise.withResolvers<CloseInfo>();
  let take: (data: unknown) => boolean = () => false;
  let queue: AudioFrame[] = [];
  let waiting: { enough: () => boolean; resolve: () => void }[] = [];
  let written = 0;
  let played = 0;
  let now = 0;
  let heardAt = 0;
  let over = false;
  let told = (_from: number) => {};
  let heard: number[] = [];
  const messages: Caller["messages"] = [];
  const timers = new Set<{ readonly callback: () => void; readonly due: number }>();

  const settle = () => {
    const ready = waiting.filter(({ enough }) => over || enough());
    waiting = waiting.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  };
  const when = (enough: () => boolean) =>
    new Promise<void>((resolve) => {
      waiting.push({ enough, resolve });
      settle();
    });
  const durationOf = ({ samples, sampleRate }: AudioFrame) => samples.length / sampleRate * 1000;

  const play = (frame: AudioFrame) => {
    const from = written;
    queue.push(frame);
    written += durationOf(frame);
    told(from);
    return when(() => written - played <= leadMs);
  };
  const peer: Peer = {
    id: "pc_test",
    ready: Promise.resolve(),
    readable: incoming.readable,
    writable: new WritableStream<Frame>({
      write: (frame) => frame.type === "audio" ? play(frame) : undefined,
    }),
    closed,
    playback: {
      get writtenMs() {
        return written;
      },
      get overMs() {
        return played;
      },
      heardMs: (from, to) => Math.max(0, Math.min(to, played) - from),
      watch: (listener) => void (told = listener),
      pause() {},
      accompany() {},
      resume() {},
      play,
      interrupt() {
        queue = [];
        played = written;
        settle();
      },
      async drained() {
        const mark = written;
        await when(() => played >= mark - 0.001);
        return mark;
      },
    },
    configure() {},
    // The bot sends nothing but RTVI.
    send: (message) => void messages.push({ ...message as RtviServerMessage, at: now }),
    intercept(taker) {
      take = taker;
    },
    answer: () => Promise.reject(new Error("not in this test")),
    addIceCandidate: () => Promise.resolve(),
    close(info = {}) {
      over = true;
      settle();
      incoming.end();
      close(info);
    },
    [Symbol.asyncDispose]() {
      peer.close();
      return Promise.resolve();
    },
  };

  const hear = () => {
    let left = STEP_MS;
    while (left > 0.001 && queue[0]) {
      const frame = queue[0];
      const count = Math.min(frame.samples.length, Math.round(left * frame.sampleRate / 1000));
      for (const sample of frame.samples.subarray(0, count)) heard.push(sample);
      left -= count / frame.sampleRate * 1000;
      played += count / frame.sampleRate * 1000;
      queue[0] = { ...frame, samples: frame.samples.subarray(count) };
      if (queue[0].samples.length === 0) queue.shift();
      heardAt = now;
    }
    settle();
  };
  const clock: Clock = {
    now: () => now,
    schedule(callback, delayMs) {
      const timer = { callback, due: now + delayMs };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  const step = async (samples: Int16Array) => {
    now += STEP_MS;
    incoming.push({ type: "audio", samples, sampleRate, channels: 1 });
    hear();
    for (const timer of [...timers].sort((a, b) => a.due - b.due)) {
      if (timer.due <= now && timers.delete(timer)) timer.callback();
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  const size = sampleRate * STEP_MS / 1000;

  const caller: Caller = {
    peer,
    transport: webrtcTransport(peer, {}, clock),
    messages,
    clock,
    get now() {
      return now;
    },
    get written() {
      return written;
    },
    get heardAt() {
      return heardAt;
    },
    async say(samples, thenMs = 0) {
      for (let start = 0; start < samples.length; start += size) {
        const part = new Int16Array(size);
        part.set(samples.subarray(start, start + size));
        await step(part);
      }
      await caller.wait(thenMs);
    },
    async wait(ms) {
      for (const end = now + ms; now < end;) await step(new Int16Array(size));
    },
    async waitUntil(condition) {
      for (const end = now + 60_000; !condition(); await step(new Int16Array(size))) {
        if (now > end) throw new Error("It did not happen within a minute.");
      }
    },
    press: (digit) => incoming.push({ type: "dtmf", digit }),
    send: (type, data, id = "1") => void take({ id, label: "rtvi-ai", type, data }),
    heard() {
      const samples = Int16Array.from(heard);
      heard = [];
      return samples;
    },
    hangUp: () => peer.close(),
  };
  return caller;
}

/** The messages as short words, such as `bot-output completed`; without the words for older clients. */
export function outline(messages: readonly RtviServerMessage[]): string[] {
  return messages.filter(({ type }) => !/-text$/.test(type)).map(({ type, data }) =>
    type === "bot-output" ? `${type} ${(data as BotOutput).spoken_status}` : type
  );
}

/** Where a sound occurs in another, sample by sample; -1 when it does not. */
export function indexOf(whole: Int16Array, part: Int16Array): number {
  for (let start = 0; start + part.length <= whole.length; start++) {
    if (part.every((sample, i) => sample === whole[start + i])) return start;
  }
  return -1;
}

/** Hiss that is the same in every run, at a level in dB below full scale. */
export function hiss(count: number, level: number): Int16Array {
  const peak = 32_768 * Math.sqrt(3) * 10 ** (level / 20);
  let state = 1;
  return Int16Array.from({ length: count }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
    return peak * state / 2 ** 31;
  });
}

/** Puts sounds one after the other. */
export function join(...parts: readonly Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

/** The level of a sound, on the scale of its samples. */
export function levelOf(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

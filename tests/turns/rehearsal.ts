/**
 * A call whose time is counted in sound: a microphone that {@link turns} listens to, and a bot that is
 * heard meanwhile. Nothing waits for a clock.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { CallObserver } from "../../src/core/call_observer.ts";
import type { Clock } from "../../src/core/clock.ts";
import type { Frame } from "../../src/core/frame.ts";
import { parseTurnOptions, type TurnOptions } from "../../src/turns/options.ts";
import type { Turn, TurnEnd } from "../../src/turns/turn.ts";
import { listen } from "../../src/turns/turns.ts";
import { RATE, toPcm, type Wave } from "./sounds.ts";

/** A turn, and when it was told of, in ms since the call began. */
export interface HeardTurn {
  readonly turn: Turn;
  readonly toldMs: number;
  /** Undefined while the call ended before the turn. */
  overMs?: number;
  end?: TurnEnd;
}

/** What a call consists of. */
export interface Call {
  /** What the microphone hears. */
  readonly heard: Wave;
  /** What the bot says from the beginning. Default: nothing. */
  readonly said?: Wave;
  readonly options?: TurnOptions;
  /** Is told of each turn as soon as the loop has it. */
  readonly onTurn?: (turn: Turn) => void;
}

const FRAME_MS = 20;

/** Lets a microphone hear something, frame by frame, and tells what turns there were. */
export async function rehearse({ heard, said, options = {}, onTurn }: Call): Promise<HeardTurn[]> {
  const clock = frameClock();
  let observer: CallObserver | undefined;
  const size = RATE * FRAME_MS / 1000;
  const [microphone, loudspeaker] = [toPcm(heard), toPcm(said ?? new Float64Array(0))];
  async function* frames(): AsyncGenerator<Frame> {
    for (let at = 0; at + size <= microphone.length; at += size) {
      const samples = loudspeaker.subarray(at, at + size);
      const now = clock.now();
      if (samples.length > 0) observer?.spoken({ samples, sampleRate: RATE, at: now });
      await clock.step();
      yield {
        type: "audio",
        samples: microphone.slice(at, at + size),
        sampleRate: RATE,
        channels: 1,
      };
    }
  }
  const transport = { frames, observe: (next: CallObserver) => void (observer = next) };

  const found: HeardTurn[] = [];
  for await (const turn of listen(transport, parseTurnOptions(options), clock)) {
    const one: HeardTurn = { turn, toldMs: clock.now() };
    found.push(one);
    void turn.ended.then((end) => {
      one.end = end;
      if (end.reason !== "stopped") one.overMs = clock.now();
    });
    onTurn?.(turn);
  }
  await found.at(-1)?.turn.ended;
  return found;
}

/** A clock that goes on from frame to frame. */
function frameClock(): Clock & { step(): Promise<void> } {
  const timers = new Set<{ readonly callback: () => void; readonly due: number }>();
  let now = 0;
  return {
    now: () => now,
    schedule(callback, delayMs) {
      const timer = { callback, due: now + delayMs };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async step() {
      now += FRAME_MS;
      for (const timer of timers) if (timer.due <= now && timers.delete(timer)) timer.callback();
      // Whoever waits for what came before goes first.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

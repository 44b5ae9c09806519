/**
 * One turn of the user: what is said, while it is said and afterwards.
 *
 * @module
 */
import type { AudioFrame } from "../core/frame.ts";

/** Why a turn is over. */
export type TurnEndReason =
  /** The user has finished. */
  | "silence"
  /** It reached the longest turn; if the user goes on, that is the next turn. */
  | "longest"
  /** The bot dismissed it. */
  | "dismissed"
  /** The call is over, or the bot no longer listens to turns. */
  | "stopped";

/** How a turn ended. */
export interface TurnEnd {
  /** Why it ended. */
  readonly reason: TurnEndReason;
  /** From the first word to the last, in ms. */
  readonly durationMs: number;
  /**
   * Everything that was said, in one frame, with the pre-roll, without the silence that ended it.
   */
  readonly clip: AudioFrame;
}

/** The user speaks. */
export interface Turn {
  /** When the first word began, in ms since the stream began. */
  readonly startMs: number;
  /**
   * Whether the bot was speaking. It is not silenced automatically: `transport.interrupt()` does
   * that.
   */
  readonly interrupted: boolean;
  /**
   * The sound of the turn, from the pre-roll on, as it arrives: mono, at the transport's rate. It
   * ends with the turn. You can read it several times, each time from the first sample.
   */
  readonly audio: AsyncIterable<AudioFrame>;
  /** Resolves when the turn is over; never rejects. */
  readonly ended: Promise<TurnEnd>;
  /**
   * Aborts when the next turn begins or the call is over: pass it to everything that answers this
   * turn.
   */
  readonly signal: AbortSignal;
  /**
   * Ends the turn at once, for example if it was the tone of a key instead of words. If the user
   * goes on, that is the next turn.
   */
  dismiss(): void;
}

/** What a turn is made from. */
export interface TurnStart {
  readonly startMs: number;
  readonly interrupted: boolean;
  /** Samples per second, in Hz. */
  readonly sampleRate: number;
  /** What was already heard, the pre-roll first. */
  readonly heard: Int16Array;
  /** When the first of it was heard, in ms since the stream began. */
  readonly heardFromMs: number;
}

/** A turn, as its listener sees it. */
export interface OpenTurn {
  readonly turn: Turn;
  /** Whether it is over. */
  readonly over: boolean;
  /** Takes the next sound; it is kept, so it must be a copy. */
  add(samples: Int16Array): void;
  /** Everything said so far, as {@link TurnEnd.clip} will be. */
  soFar(): AudioFrame;
  /** Ends it, unless it is over. */
  end(reason: TurnEndReason): void;
  /** Says that it no longer matters. */
  supersede(): void;
}

/** How much sound to keep after the last word, in ms: the end of a consonant is soft. */
const AFTER_MS = 160;

/**
 * Begins a turn.
 *
 * @param lastVoiceMs Returns when somebody last spoke, in ms since the stream began.
 */
export function openTurn(start: TurnStart, lastVoiceMs: () => number): OpenTurn {
  const { startMs, interrupted, sampleRate, heard, heardFromMs } = start;
  const chunks: Int16Array[] = [heard];
  const { promise: ended, resolve } = Promise.withResolvers<TurnEnd>();
  const superseded = new AbortController();
  let over = false;
  /** Set while somebody waits for more. */
  let more: PromiseWithResolvers<void> | undefined;

  const frame = (samples: Int16Array): AudioFrame => ({
    type: "audio",
    samples,
    sampleRate,
    channels: 1,
  });
  const wake = () => {
    more?.resolve();
    more = undefined;
  };
  const read = async function* (): AsyncGenerator<AudioFrame, void> {
    for (let next = 0;;) {
      const samples = chunks[next];
      if (samples) {
        next++;
        yield frame(samples);
      } else if (over) return;
      else await (more ??= Promise.withResolvers<void>()).promise;
    }
  };
  const end = (reason: TurnEndReason) => {
    if (over) return;
    over = true;
    const last = Math.max(startMs, lastVoiceMs());
    resolve({ reason, durationMs: last - startMs, clip: soFar() });
    wake();
  };
  const soFar = (): AudioFrame => {
    const untilMs = Math.max(startMs, lastVoiceMs()) + AFTER_MS;
    const wanted = Math.max(0, Math.round((untilMs - heardFromMs) * sampleRate / 1000));
    const available = chunks.reduce((length, chunk) => length + chunk.length, 0);
    const samples = new Int16Array(Math.min(wanted, available));
    let at = 0;
    for (const chunk of chunks) {
      if (at >= samples.length) break;
      samples.set(chunk.subarray(0, samples.length - at), at);
      at += chunk.length;
    }
    return frame(samples);
  };

  return {
    turn: {
      startMs,
      interrupted,
      audio: { [Symbol.asyncIterator]: read },
      ended,
      signal: superseded.signal,
      dismiss: () => end("dismissed"),
    },
    get over() {
      return over;
    },
    add(samples) {
      chunks.push(samples);
      wake();
    },
    soFar,
    end,
    supersede: () => superseded.abort(),
  };
}

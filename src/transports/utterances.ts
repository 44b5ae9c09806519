/**
 * What a bot says, one utterance after the other.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { getLogger } from "../core/log.ts";
import type { Playback } from "../core/playback.ts";
import { createUtterance, type Sayable, type Saying, type SayOptions } from "./utterance.ts";

const logger = getLogger(["pipecat", "runner", "session"]);

/** How soon to check whether an utterance is over, in ms, at the earliest … */
const SOONEST_MS = 10;
/** … and at the latest, because what delays it may be over. */
const LATEST_MS = 200;

/** The utterances of a session. */
export interface Utterances {
  /** The unfinished ones, in order. */
  readonly current: readonly Saying[];
  /** Says something after everything that was said before. */
  say(sound: Sayable, options: SayOptions): Saying;
  /** Resolves when everything said so far was written. */
  written(): Promise<void>;
  /** Ends all of them; how much of each was heard is then final. */
  stop(): void;
  /** Ends all of them and all future ones. */
  end(): void;
}

/** Makes the queue of a session. */
export function createUtterances(playback: Playback, clock: Clock): Utterances {
  let current: Saying[] = [];
  let writing: Promise<void> = Promise.resolve();
  /** The one whose end the transport reports. */
  let asked: Saying | undefined;
  let told = false;
  let over = false;
  let cancel: (() => void) | undefined;

  const failed = (error: unknown) => {
    if (!told) logger.warn("What the bot was saying broke off: {error}", { error });
    told = true;
  };
  /** Settles those that were heard; the transport reports the last one itself. */
  const look = (heard?: Saying) => {
    cancel?.();
    cancel = undefined;
    current = current.filter((saying) =>
      saying === asked && saying !== heard || saying.settle() !== undefined
    );
    const [first] = current;
    const left = first?.complete && first !== asked ? first.settle() : undefined;
    if (left === undefined) return;
    cancel = clock.schedule(() => look(), Math.min(LATEST_MS, Math.max(SOONEST_MS, left)));
  };
  const write = async (saying: Saying) => {
    await saying.write();
    // The end of the last one must not wait for more to fill its message.
    if (current.at(-1) === saying) {
      asked = saying;
      void playback.drained().then(() => look(saying));
    }
    look();
  };
  const stop = () => {
    cancel?.();
    cancel = undefined;
    for (const saying of current) saying.stop();
    current = [];
  };

  return {
    get current() {
      return current;
    },
    say(sound, options) {
      const saying = createUtterance(playback, sound, options, failed);
      if (over) saying.stop();
      else current = [...current, saying];
      writing = writing.then(() => write(saying));
      return saying;
    },
    written: () => writing,
    stop,
    end() {
      over = true;
      stop();
    },
  };
}

/** Who speaks. */
export type Side = "user" | "bot";

/** A stretch in which one side spoke; times are in ms since the call began. */
export interface Speech {
  readonly side: Side;
  readonly from: number;
  /** Absent while it goes on. */
  readonly to?: number;
}

/** How long the bot took to answer, from the user's last sound to the bot's first. */
export interface Turn {
  /** Counts up from 1. */
  readonly number: number;
  /** When the user stopped, in ms since the call began. */
  readonly at: number;
  readonly latencyMs: number;
}

/** What a step has changed. */
export interface Heard {
  readonly began?: Speech;
  readonly ended?: Required<Speech>;
  readonly turn?: Turn;
}

/** Finds out from loudness who speaks when. */
export interface TurnFinder {
  /** Takes the loudness of one step, from 0 to 1, that ends at this time. */
  push(side: Side, loudness: number, at: number): Heard | undefined;
}

/** Speech is so much louder than the quiet around it: 12 dB on a scale of 60. */
const ABOVE_QUIET = 0.2;
/** Nothing below −45 dB is speech. */
const LEAST = 0.25;
/** How long a sound has to last to be speech, in ms. */
const ATTACK_MS = 100;
/** How long a pause may be within an utterance, in ms. */
const PAUSE_MS = 600;

/** Makes the finder for one call. */
export function createTurnFinder(): TurnFinder {
  const sides: Record<Side, SideState> = { user: quiet(), bot: quiet() };
  let turns = 0;
  /** When the user stopped and nobody has spoken since. */
  let waiting: number | undefined;

  return {
    push(side, loudness, at) {
      const state = sides[side];
      state.floor += (loudness - state.floor) * (loudness < state.floor ? 0.2 : 0.002);
      const loud = loudness > Math.max(LEAST, state.floor + ABOVE_QUIET);
      if (loud) {
        state.lastLoud = at;
        state.firstLoud ??= at;
      } else if (!state.speaking) {
        state.firstLoud = undefined;
      }
      if (!state.speaking && state.firstLoud !== undefined && at - state.firstLoud >= ATTACK_MS) {
        state.speaking = true;
        state.from = state.firstLoud;
        const began = { side, from: state.from };
        if (side === "user") {
          waiting = undefined;
          return { began };
        }
        // Only if the user is done: who is interrupted is not answered.
        const { user } = sides;
        const asked = waiting ??
          (user.speaking && user.lastLoud < state.from ? user.lastLoud : undefined);
        waiting = undefined;
        if (user.speaking && asked === undefined) return { began };
        if (asked === undefined || state.from <= asked) return { began };
        user.answered = user.speaking;
        return {
          began,
          turn: { number: ++turns, at: asked, latencyMs: Math.round(state.from - asked) },
        };
      }
      if (state.speaking && at - state.lastLoud >= PAUSE_MS) {
        state.speaking = false;
        state.firstLoud = undefined;
        if (side === "user") {
          if (!state.answered && !sides.bot.speaking) waiting = state.lastLoud;
          state.answered = false;
        }
        return { ended: { side, from: state.from, to: state.lastLoud } };
      }
      return undefined;
    },
  };
}

interface SideState {
  speaking: boolean;
  answered: boolean;
  from: number;
  firstLoud: number | undefined;
  lastLoud: number;
  floor: number;
}

function quiet(): SideState {
  return { speaking: false, answered: false, from: 0, firstLoud: undefined, lastLoud: 0, floor: 0 };
}

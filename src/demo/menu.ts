/**
 * What the keys of the phone do.
 *
 * @module
 */

/** How the bot answers a key. */
export interface KeyAnswer {
  readonly text: string;
  /** How fast the bot speaks from now on, if that changes. */
  readonly stretch?: number;
  /** Whether the call is over after the answer. */
  readonly hangUp?: boolean;
}

/** What the bot knows when a key is pressed. */
export interface KeyContext {
  /** How much longer than usual the bot takes to say something. */
  readonly stretch: number;
  readonly now: Date;
}

const SLOW = 1.35;
const FAST = 0.75;
const NAMES: Readonly<Record<string, string>> = { "*": "star", "#": "the pound key" };

/** Answers a key press. */
export function answerKey(digit: string, { stretch, now }: KeyContext): KeyAnswer {
  const pressed = `You pressed ${NAMES[digit] ?? digit}.`;
  switch (digit) {
    case "0":
      return { text: "Press 1 for the time, 2 for another pace, or 9 to hang up." };
    case "1": {
      const time = now.toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" });
      return { text: `${pressed} It is ${time} where I run.` };
    }
    case "2":
      if (stretch === 1) return { text: `${pressed} I speak slowly now.`, stretch: SLOW };
      if (stretch > 1) return { text: `${pressed} I speak fast now.`, stretch: FAST };
      return { text: `${pressed} I speak as usual again.`, stretch: 1 };
    case "9":
      return { text: `${pressed} Goodbye!`, hangUp: true };
    default:
      return { text: pressed };
  }
}

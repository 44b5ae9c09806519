/**
 * Gives every repeat of a request the answer of the first.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { parseJson } from "../core/json.ts";
import type { Keeping, OnceStore } from "./once.ts";
import { delay } from "../core/wait.ts";

/** How long a decision may take before a repeat may decide, in ms. */
const DECIDE_MS = 60_000;
/** How long a repeat waits for the first answer, in ms: carriers give up after 10 to 15 s. */
const WAIT_MS = 8_000;
/** How often it looks, in ms. */
const POLL_MS = 50;

/** The note while the first request is being answered; no JSON answer looks like this. */
const DECIDING = "deciding";

/** An answer, and whose it is. */
export interface FirstAnswer<Answer> {
  readonly answer: Answer;
  /** Whether this request was the first, and has decided. */
  readonly first: boolean;
}

/**
 * Answers a request that may be repeated, even at the same moment and on another process: the first
 * decides, and all others get the same answer. If deciding fails, the next one decides.
 *
 * @param decide Makes the answer, which must be plain JSON.
 * @param keeping How long to remember the answer.
 * @throws {RunnerError} `full` if there is no room to remember, `not_answered` with status 503 if
 * the first one takes too long, and whatever `decide` throws.
 */
export async function firstAnswer<Answer>(
  once: OnceStore,
  key: string,
  decide: () => Promise<Answer>,
  keeping: Keeping,
): Promise<FirstAnswer<Answer>> {
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const known = await once.add(key, DECIDING, { ttl: DECIDE_MS });
    if (known === undefined) break;
    if (known !== DECIDING) return { answer: answerIn(known), first: false };
    if (Date.now() > until) throw notAnswered();
    await delay(POLL_MS);
  }
  try {
    const answer = await decide();
    const now = await once.get(key);
    // What was noted in the meantime, such as that the call is over, remains.
    if (now !== undefined && now !== DECIDING) {
      return { answer: answerIn(now), first: false };
    }
    await once.set(key, JSON.stringify(answer), keeping);
    return { answer, first: true };
  } catch (error) {
    await once.delete(key);
    throw error;
  }
}

/** The answer in a note. Only {@link firstAnswer} makes such notes, in a store of its own. */
function answerIn<Answer>(note: string): Answer {
  const answer = parseJson(note);
  if (answer === undefined) throw notAnswered();
  return answer as Answer;
}

function notAnswered(): RunnerError {
  const detail = "The first request is still being answered. Try again.";
  return new RunnerError("not_answered", detail, { retryAfter: 1 });
}

import type { Ending } from "../session/happenings.ts";

/** How often it is looked whether something has come, in ms. */
const LOOK_MS = 250;
/** How long nothing may come before the runner is asked, in ms. */
const QUIET_MS = 750;
/** A runner that is there answers within this time, in ms. */
const PATIENCE_MS = 1000;
/** A busy machine may be late; one that does not answer so often is none any more. */
const MOST_SILENCES = 3;

/** Another process asks for a call's own in vain for up to so long, in ms. */
const OWN_PATIENCE_MS = 3000;
/** A runner that cannot say it now: it, or its store, is busy. */
const BUSY = 503;

/** What the runner says to a question: nothing at all where there is none. */
type Answer = "there" | "gone" | "silent";

/** A question to the runner. */
export type Question = (signal: AbortSignal) => Promise<Response>;

const askStatus: Question = (signal) =>
  fetch(new URL("../status", document.baseURI), { cache: "no-store", signal });

async function ask(question: Question = askStatus): Promise<Answer> {
  const patience = question === askStatus ? PATIENCE_MS : OWN_PATIENCE_MS;
  return await question(AbortSignal.timeout(patience)).then(
    ({ ok, status }) => ok ? "there" : status === BUSY ? "silent" : "gone",
    ({ name }: Error) => name === "TimeoutError" ? "silent" : "gone",
  );
}

/** Tells whether the runner answers. */
export async function isThere(): Promise<boolean> {
  return await ask() === "there";
}

/**
 * Asks the runner whether it is there while nothing comes from it, and calls back once when it is
 * not: over UDP nobody says that a process has died. Returns the way to stop.
 *
 * @param own Asks for the call itself: where several processes stand behind one address, another one
 * answers for a process that has died, and says that its calls are gone (410).
 */
export function watchRunner(
  heard: () => Promise<number>,
  gone: () => void,
  own?: Question,
): () => void {
  let last = 0;
  let quietSince = performance.now();
  let asking = false;
  let silences = 0;

  async function look(): Promise<void> {
    const now = performance.now();
    const count = await heard();
    if (count !== last) {
      last = count;
      quietSince = now;
    }
    if (now - quietSince < QUIET_MS || asking) return;
    asking = true;
    const answer = await ask(own);
    asking = false;
    quietSince = performance.now();
    silences = answer === "silent" ? silences + 1 : 0;
    if (stopped || answer === "there") return;
    if (answer === "silent" && silences < MOST_SILENCES) return;
    stop();
    gone();
  }

  let stopped = false;
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS);
  const stop = (): void => {
    stopped = true;
    clearInterval(timer);
  };
  return stop;
}

/** Says whether the runner has gone with the connection. */
export async function lost(): Promise<Ending> {
  return await isThere()
    ? {
      sentence: "The connection to the runner was lost.",
      advice: "The runner is back. Press Connect to call again.",
      failed: true,
    }
    : GONE;
}

/** The runner does not answer, and did so a moment ago. */
export const GONE: Ending = {
  sentence: "The connection to the runner was lost.",
  advice: "It no longer answers. The page calls again when it is back.",
  failed: true,
  gone: true,
};

/** Resolves with true when the runner answers again, with false when it is given up. */
export async function untilBack(signal: AbortSignal): Promise<boolean> {
  const end = performance.now() + WAIT_MS;
  while (!signal.aborted && performance.now() < end) {
    if (await isThere()) return !signal.aborted;
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  }
  return false;
}

/** How long the page waits for a runner that has gone, in ms. */
const WAIT_MS = 10 * 60_000;

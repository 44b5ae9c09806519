/**
 * The turns of a conversation, one after the other, as the user takes them.
 *
 * @module
 */
import type { CallObserver } from "../core/call_observer.ts";
import { type Clock, hostClock } from "../core/clock.ts";
import type { AudioFrame, Frame } from "../core/frame.ts";
import { createBotVoice } from "./bot_voice.ts";
import { createListener, type Listener } from "./listener.ts";
import { type ParsedTurnOptions, parseTurnOptions, type TurnOptions } from "./options.ts";
import type { OpenTurn, Turn } from "./turn.ts";

/** The part of a transport that turns need. */
export interface TurnTransport {
  /** What comes in, for one more reader. */
  frames(): AsyncIterable<Frame>;
  /** Reports what the bot says as it is heard; without it, its echo is not known. */
  observe?(observer: CallObserver): void;
}

/** What to listen to: a transport, or only its sound. */
export type TurnSource = TurnTransport | AsyncIterable<Frame>;

/** How many unread turns to keep; beyond that, the oldest is forgotten. */
const MOST_WAITING = 8;

/**
 * Yields the turns of the user, each as soon as it begins, about 160 ms after the first sound, so
 * that a speaking bot can be silenced.
 *
 * It listens from the loop's first step, even while the loop is busy with a turn: the signal of
 * that turn aborts when the next one begins. Leaving the loop ends listening; the transport goes
 * on, and you can listen again.
 *
 * @throws {RunnerError} `bad_option` for a wrong option. Errors of the source or the detector are
 * thrown by the loop.
 *
 * @example
 * ```ts
 * import { createTransport, type RunnerArguments } from "@pipecat/runner";
 * import { turns } from "@pipecat/runner/turns";
 *
 * export async function bot(args: RunnerArguments): Promise<void> {
 *   await using transport = await createTransport(args);
 *   for await (const turn of turns(transport)) {
 *     if (turn.interrupted) transport.interrupt();
 *     const { clip, durationMs } = await turn.ended;
 *     if (durationMs > 200) transport.say(clip); // says it back
 *   }
 * }
 * ```
 */
export function turns(source: TurnSource, options: TurnOptions = {}): AsyncGenerator<Turn, void> {
  return listen(source, parseTurnOptions(options), hostClock);
}

/** The same with parsed options, and a clock. */
export async function* listen(
  source: TurnSource,
  options: ParsedTurnOptions,
  clock: Clock,
): AsyncGenerator<Turn, void> {
  const waiting: OpenTurn[] = [];
  let latest: OpenTurn | undefined;
  let listener: Listener | undefined;
  let over = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};

  const begun = (turn: OpenTurn) => {
    latest?.supersede();
    latest = turn;
    waiting.push(turn);
    if (waiting.length > MOST_WAITING) waiting.shift();
    wake();
  };
  const transport = "frames" in source ? source : undefined;
  const bot = transport?.observe ? createBotVoice() : undefined;
  if (bot) transport?.observe?.(bot.observer);
  const frames = ("frames" in source ? source.frames() : source)[Symbol.asyncIterator]();
  const stop = () => {
    if (over) return;
    over = true;
    listener?.end();
    latest?.supersede();
    bot?.close();
    // Not awaited: it waits for a frame that is being read, and there may be none for long.
    frames.return?.().catch(() => {});
    wake();
  };

  const hear = async ({ sampleRate }: AudioFrame): Promise<Listener> => {
    const stream = await options.vad.open(sampleRate);
    return createListener({ options, stream, sampleRate, bot, clock, begun });
  };
  const follow = async () => {
    let rate = 0;
    for (let next = await frames.next(); !next.done && !over; next = await frames.next()) {
      const frame = next.value;
      if (frame.type !== "audio") continue;
      if (frame.sampleRate !== rate) {
        rate = frame.sampleRate;
        listener?.end();
        listener = await hear(frame);
        if (over) listener.end();
      }
      await listener?.hear(frame);
    }
  };
  options.signal?.addEventListener("abort", stop, { once: true });
  follow().catch((error) => failure = { error }).finally(stop);

  try {
    if (options.signal?.aborted) stop();
    while (true) {
      const turn = waiting.shift();
      if (turn) yield turn.turn;
      else if (!over) await new Promise<void>((resolve) => wake = resolve);
      else break;
    }
    if (failure) throw failure.error;
  } finally {
    options.signal?.removeEventListener("abort", stop);
    stop();
  }
}

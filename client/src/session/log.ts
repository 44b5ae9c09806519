import { hear, note, tool } from "./conversation.ts";
import type { Store } from "./store.ts";
import type { Direction, LoggedMessage, Moment, Phase, Quality } from "./happenings.ts";
import type { SessionView } from "./view.ts";

/** Writes down what happens in one call. */
export interface CallLog {
  /** Ms since the call began. */
  now(): number;
  /** Ms since the call began, of a time in ms since 1970. */
  timeOf(time: number): number;
  /** A message that went by. */
  message(direction: Direction, type: string, data: unknown): void;
  /** Begins a step on the way into the call; call the result when it is done. */
  phase(name: string): () => void;
  /** Something that happened now. */
  moment(kind: Moment["kind"], label: string): void;
  /** A line of the conversation that nobody said: an error or a remark. */
  line(text: string, speaker?: "error" | "user" | "bot"): void;
  quality(sample: Omit<Quality, "at">): void;
}

/** Half an hour of a talkative bot; the oldest go first. */
const MAX_MESSAGES = 10_000;
const MAX_MOMENTS = 1000;
/** Half an hour of seconds. */
const MAX_SAMPLES = 1800;

/** Makes the log of a call that begins now; after `stop` it takes nothing more. */
export function createLog(
  store: Store<SessionView>,
  onMessage: (message: LoggedMessage) => void,
): CallLog & { stop(): void } {
  const { get } = store;
  const begun = performance.now();
  const begunAt = Date.now();
  let count = 0;
  let over = false;
  const now = (): number => Math.round(performance.now() - begun);
  // Hundreds of messages a second must not mean hundreds of pictures a second.
  const patch: typeof store.patch = (change) => over ? undefined : store.patchSoon(change);

  const log: CallLog & { stop(): void } = {
    now,
    timeOf: (time) => Math.max(0, Math.round(time - begunAt)),
    stop() {
      over = true;
    },
    message(direction, type, data) {
      const ms = now();
      const message = { key: ++count, at: new Date(), ms, direction, type, data };
      if (!over) onMessage(message);
      const { messages, conversation } = get();
      let next = conversation;
      if (direction === "in") {
        next = tool(hear(conversation, type, data, ms), type, data, ms);
        if (type === "bot-interrupted") log.moment("interrupted", "Interrupted");
        if (type === "llm-function-call-in-progress") {
          const { function_name: name = "function" } = (data ?? {}) as { function_name?: string };
          log.moment("tool", name);
        }
        if (type === "error") {
          const { error, message } = (data ?? {}) as Record<string, unknown>;
          const text = error ?? message;
          const words = typeof text === "string" ? text : "The bot reports an error.";
          next = note(next, words, "error", ms);
        }
      }
      patch({ messages: [...messages, message].slice(-MAX_MESSAGES), conversation: next });
    },
    phase(name) {
      const phase: Phase = { name, from: now() };
      patch({ phases: [...get().phases, phase] });
      return () => {
        const phases = get().phases.map((other) =>
          other.name === name && other.from === phase.from && other.to === undefined
            ? { ...other, to: now() }
            : other
        );
        patch({ phases });
      };
    },
    moment(kind, label) {
      const moment = { key: ++count, at: now(), kind, label };
      patch({ moments: [...get().moments, moment].slice(-MAX_MOMENTS) });
    },
    line(text, speaker = "error") {
      patch({ conversation: note(get().conversation, text, speaker, now()) });
    },
    quality(sample) {
      patch({ quality: [...get().quality, { at: now(), ...sample }].slice(-MAX_SAMPLES) });
    },
  };
  return log;
}

import type { LoggedMessage } from "./happenings.ts";
import type { Side } from "./turns.ts";

/** What both sides of a call do. */
export interface Doing {
  readonly user: "speaking" | "quiet";
  readonly bot: "speaking" | "thinking" | "listening";
}

/** Nobody says anything. */
export const QUIET: Doing = { user: "quiet", bot: "listening" };

/** Finds out what both sides do: from what the bot tells, and from what is heard. */
export interface DoingFinder {
  told(message: Pick<LoggedMessage, "direction" | "type" | "data" | "ms">): void;
  /** A side begins to speak, as it is heard, or has stopped. */
  heard(side: Side, speaks: boolean, at: number): void;
  /** What both do at this time, in ms since the call began; the same object while that is so. */
  at(now: number): Doing;
}

/** A bot that has not answered for so long is not about to, in ms. */
const PATIENCE_MS = 8000;
/** A model, or a function, that has worked for so long has stopped without a word, in ms. */
const LONGEST_MS = 60_000;
const MODEL = "model";

/** Makes the finder for one call. */
export function createDoingFinder(): DoingFinder {
  const ear: Record<Side, boolean> = { user: false, bot: false };
  const tells: Record<Side, boolean> = { user: false, bot: false };
  /** Whether the bot tells when its user speaks: it may know better than the ear. */
  let knowsUser = false;
  /** Since when there has been something to answer. */
  let asked: number | undefined;
  /** Since when the model, and each function, has worked. */
  const works = new Map<string, number>();
  let last = QUIET;

  const speaks = (side: Side): boolean =>
    side === "user" && knowsUser ? tells.user : ear[side] || tells[side];

  return {
    told({ direction, type, data, ms }) {
      if (direction === "out") {
        if (type === "send-text") asked = ms;
        return;
      }
      const { final, tool_call_id: id } = (data ?? {}) as Readonly<Record<string, unknown>>;
      switch (type) {
        case "user-started-speaking":
          knowsUser = tells.user = true;
          asked = undefined;
          break;
        case "user-stopped-speaking":
          tells.user = ear.user = false;
          asked = ms;
          break;
        case "user-transcription":
          if (final === true && !speaks("user") && !speaks("bot")) asked = ms;
          break;
        case "bot-llm-started":
          works.set(MODEL, ms);
          break;
        case "bot-llm-stopped":
          works.delete(MODEL);
          asked = ms;
          break;
        case "llm-function-call-in-progress":
          works.set(`function ${id}`, ms);
          break;
        case "llm-function-call-stopped":
          works.delete(`function ${id}`);
          asked = ms;
          break;
        case "bot-tts-started":
          asked = ms;
          break;
        case "bot-started-speaking":
          tells.bot = true;
          asked = undefined;
          break;
        case "bot-stopped-speaking":
          tells.bot = false;
          asked = undefined;
          break;
        case "bot-interrupted":
          tells.bot = ear.bot = false;
          works.delete(MODEL);
          break;
      }
    },
    heard(who, begins, at) {
      ear[who] = begins;
      // A noise is no speech to a bot that tells when there is any.
      if (who === "user" && knowsUser) return;
      if (begins) asked = undefined;
      else if (who === "user") asked = at;
    },
    at(now) {
      for (const [name, since] of works) if (now - since > LONGEST_MS) works.delete(name);
      const user = speaks("user") ? "speaking" : "quiet";
      const waits = user === "quiet" && asked !== undefined && now - asked < PATIENCE_MS;
      const bot = speaks("bot") ? "speaking" : works.size > 0 || waits ? "thinking" : "listening";
      if (last.user !== user || last.bot !== bot) last = { user, bot };
      return last;
    },
  };
}

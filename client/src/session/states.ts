import type { Doing } from "./doing.ts";
import type { Ending } from "./happenings.ts";
import type { TransportKind } from "./settings.ts";

/** What the states follow from; each is as in the session's view. */
export interface Seen {
  readonly call: "off" | "starting" | "live" | "broken";
  readonly botReady: boolean;
  readonly doing: Doing;
  readonly muted: boolean;
  readonly recorded: boolean;
  readonly microphoneFailure: unknown;
  readonly userSound: unknown;
  readonly ending: Pick<Ending, "gone"> | undefined;
}

/**
 * Whether a caller may begin to talk with this change. A bot on the phone says no word of being ready,
 * and may wait for one of the caller's.
 */
export function mayTalk(
  kind: TransportKind,
  { call, botReady }: Partial<Pick<Seen, "call" | "botReady">>,
): boolean {
  return kind === "phone" ? call === "live" : botReady === true;
}

/** What the bot does, in a word that is true; empty where there is none. */
export type BotState =
  | ""
  | "not there yet"
  | "not ready yet"
  | "listening"
  | "thinking"
  | "speaking"
  | "lost";

/** What the bot does now. */
export function botState({ call, botReady, doing, ending }: Seen): BotState {
  switch (call) {
    case "off":
      return ending?.gone ? "lost" : "";
    case "starting":
      return "not there yet";
    case "broken":
      return "lost";
    case "live":
      if (doing.bot === "speaking") return "speaking";
      return botReady ? doing.bot : "not ready yet";
  }
}

/** What the user does, and the microphone. */
export type UserState =
  | "recorded caller"
  | "no microphone"
  | "muted"
  | "speaking"
  | "microphone on"
  | "microphone off";

/** What the user does now. */
export function userState(
  { call, doing, muted, recorded, microphoneFailure, userSound }: Seen,
): UserState {
  if (recorded) return "recorded caller";
  if (microphoneFailure) return "no microphone";
  if (muted) return "muted";
  if (!userSound) return "microphone off";
  return call === "live" && doing.user === "speaking" ? "speaking" : "microphone on";
}

import { BOT_FAILED } from "../../../src/sessions/ending.ts";
import type { SessionOutcome } from "../../../src/core/monitor.ts";
import { KEPT_MINUTES } from "../audio/tape.ts";
import type { Ending } from "./happenings.ts";

/** What can be wrong with a microphone, as the SDK names it. */
export type DeviceFailure =
  | "in-use"
  | "permissions"
  | "undefined-mediadevices"
  | "not-found"
  | "constraints"
  | "unknown";

/** Names what `getUserMedia` threw. */
export function deviceErrorType(error: unknown): DeviceFailure {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "permissions";
    case "NotFoundError":
      return "not-found";
    case "NotReadableError":
    case "AbortError":
      return "in-use";
    case "OverconstrainedError":
      return "constraints";
    // There is no `navigator.mediaDevices` to call.
    case "TypeError":
      return "undefined-mediadevices";
    default:
      return "unknown";
  }
}

/** What to do about a microphone that does not work. */
export function microphoneSentence(failure: DeviceFailure): string {
  switch (failure) {
    case "permissions":
      return "The microphone is blocked. Allow it in the browser's site settings.";
    case "not-found":
      return "No microphone was found. Plug one in.";
    case "in-use":
      return "The microphone cannot be used. Another program may have it.";
    case "undefined-mediadevices":
      return "Browsers allow the microphone only on https pages and localhost.";
    case "constraints":
      return "The chosen microphone is gone. Choose another one.";
    case "unknown":
      return "The microphone does not work.";
  }
}

/** What browsers say when there was no answer at all. The SDK passes only the message on. */
const NO_ANSWER = /^(failed to fetch|networkerror|load failed|the network connection was lost)/i;

/** Says why `POST /start` failed: it was refused, or what answered was not a runner. */
export function startSentence(error: unknown): string {
  if (!(error instanceof Error)) return "The call could not be started.";
  if (NO_ANSWER.test(error.message)) {
    return "The runner does not answer. Is it still running?";
  }
  if (error instanceof SyntaxError) {
    return "Something other than the runner answered: it sent no JSON.";
  }
  if (asksForToken(error)) return "The runner asks for its start token.";
  return `The runner refused the call: ${error.message}`;
}

/** Says why a bot failed, from the `data` of an RTVI `error`. */
export function botSentence(data: unknown): string {
  const { message, error } = (data ?? {}) as { message?: unknown; error?: unknown };
  const reason = [message, error].find((value) => typeof value === "string" && value !== "");
  // What the runner says of a bot that threw; where to look is said beside it.
  if (reason === undefined || reason === BOT_FAILED) {
    return "The bot failed.";
  }
  return `Error from the bot: ${reason}`;
}

const OUTCOMES: Readonly<Record<SessionOutcome, string>> = {
  returned: "The bot has finished.",
  left: "The caller hung up.",
  failed: "The bot failed.",
  limit: "The call reached a limit of the runner.",
  closing: "The runner was stopped.",
  aborted: "The program ended the call.",
};

/** Says how a session ended that a runner has recorded, from its outcome in the call file. */
export function outcomeSentence(outcome: string | undefined): string {
  return Object.entries(OUTCOMES).find(([name]) => name === outcome)?.[1] ?? "The call has ended.";
}

/** What to do when the runner is not there. */
export const RESTART = "Restart it, then press Connect. You need not reload the page.";

const UNAUTHORIZED = 401;

/** Tells whether `POST /start` failed for want of the token; the errors of the SDK bring its status. */
function asksForToken(error: unknown): boolean {
  return error instanceof Error && "status" in error && error.status === UNAUTHORIZED;
}

/** What to do after `POST /start` has failed. */
export function startAdvice(error: unknown): string {
  if (error instanceof Error && NO_ANSWER.test(error.message)) return RESTART;
  if (asksForToken(error)) {
    return "Enter the start token in the Request tab, or open the link that the runner printed.";
  }
  return "The runner's log says more. Check the request, then reconnect.";
}

/** What to do when another try may do better. */
export const RETRY = "Press Connect to try again.";

/** The code of a call is loaded when it is first needed. */
export const NOT_LOADED: Ending = {
  sentence: "A part of this page could not be loaded.",
  advice: "Is the runner still running? Press Connect to try again, or reload the page.",
  failed: true,
};

/** A call cannot be run again. */
export const NOTHING_TO_SAY: Ending = {
  sentence: "No caller was recorded in this call, so it cannot run again.",
  failed: true,
};

/** The end of a call that a recorded caller has made. */
export const RECORDED_DONE: Ending = { sentence: "The recorded caller hung up.", failed: false };

/** What to do about a bot that failed. */
export const FIX_BOT = "The error is in the runner's output. Fix the bot, then reconnect.";

/** What to do when no UDP packet comes through. */
export const OPEN_UDP =
  "A firewall or a VPN may block UDP. Try WebSocket, or give the runner a TURN server with --ice-servers.";

/** Says that the audio file will not have all of a long call. */
export function keptSentence(): string {
  return `The WAV has the last ${KEPT_MINUTES} minutes; the whole call is in Calls.`;
}

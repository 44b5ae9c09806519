/**
 * Commands to a carrier over HTTP.
 *
 * @module
 */
import { utf8 } from "../../../core/bytes.ts";
import { RunnerError } from "../../../core/error.ts";
import { encodeBase64 } from "../../../core/base64.ts";
import { isPassing, rest, type RestAnswer } from "../../../core/rest.ts";
import { fields } from "./fields.ts";

/** How long a carrier may take to answer, in ms. */
const TIMEOUT_MS = 5_000;

/** A request that may be sent twice without harm. */
export interface Command {
  /** The carrier's name, for people. */
  readonly carrier: string;
  /** What fails when the command does. */
  readonly purpose: "hang_up" | "answer";
  readonly method: "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The variables that hold the credentials, for the message when they are refused. */
  readonly variables: string;
  /** Tells that the call is over, which is no error, by the HTTP status and the carrier's own code. */
  readonly over: (status: number, code: string | undefined) => boolean;
}

/**
 * Sends a command, up to three times while the carrier does not answer or is not able to.
 *
 * @throws {RunnerError} `hang_up_failed` or `answer_failed`; no part of the request is in its message.
 */
export async function send(command: Command, signal: AbortSignal): Promise<void> {
  const over = (answer: RestAnswer) =>
    answer.status > 0 && (answer.status < 300 || command.over(answer.status, errorCode(answer)));
  const request = { ...command, timeoutMs: TIMEOUT_MS, signal };
  const answer = await rest(request, (answer) => isPassing(answer) && !over(answer));
  if (!over(answer)) throw failure(command, answer);
}

/** The `authorization` header of HTTP Basic. */
export function basic(user: string, password: string): string {
  return `Basic ${encodeBase64(utf8(`${user}:${password}`))}`;
}

/**
 * A call's id as a part of a path. The id came over the network: an empty one, or `.`, would name
 * what holds the calls, and with Plivo end every call of the account.
 *
 * @throws {RunnerError} `hang_up_failed` or `answer_failed` when the id names no call.
 */
export function callSegment(id: string, purpose: Command["purpose"] = "hang_up"): string {
  if (/^\.*$/.test(id)) {
    throw new RunnerError(`${purpose}_failed`, "The call has no id.");
  }
  // Half a character cannot be encoded, and names no call either.
  return id.replace(/\p{Surrogate}/gu, "\uFFFD")
    .replace(/[^\w.~!$&'()*+,;=:@-]+/g, encodeURIComponent);
}

/** The carrier's code for what went wrong: Twilio's `code`, Telnyx's `errors[0].code`. */
function errorCode({ json }: RestAnswer): string | undefined {
  const answer = fields(json);
  const [first]: unknown[] = Array.isArray(answer?.errors) ? answer.errors : [answer];
  const code = String(fields(first)?.code ?? "");
  return /^\d{1,8}$/.test(code) ? code : undefined;
}

/** The error of a command. It has no cause, which would name the address, and with it the account. */
function failure(command: Command, answer: RestAnswer): RunnerError {
  const { carrier, purpose, variables } = command;
  const wish = purpose === "hang_up" ? "to hang up" : "to answer";
  const known = errorCode(answer);
  const code = known ? ` (code ${known})` : "";
  const detail = answer.status === 0
    ? `${carrier} did not respond to the request ${wish}.`
    : answer.status === 401 || answer.status === 403
    ? `${carrier} refused the request ${wish}${code}: check ${variables}.`
    : `${carrier} responded with ${answer.status}${code} to the request ${wish}.`;
  return new RunnerError(`${purpose}_failed`, detail);
}

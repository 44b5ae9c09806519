/**
 * Commands to a carrier over HTTP.
 *
 * @module
 */
import { utf8 } from "../../../core/bytes.ts";
import { RunnerError } from "../../../core/error.ts";
import { encodeBase64 } from "../../../core/base64.ts";
import { countFailure } from "../../../core/failures.ts";
import { isPassing, rest, type RestAnswer } from "../../../core/rest.ts";
import { fields, plain } from "./fields.ts";

/** How long a carrier may take to answer, in ms. */
const TIMEOUT_MS = 5_000;
/** The same for a call that is dialled, in ms: it is asked once. */
const DIAL_TIMEOUT_MS = 10_000;

const TOO_MANY = 429;

/** The purpose of a command, which names its failure, such as `hang_up_failed`. */
export type Purpose = "hang_up" | "answer" | "transfer" | "send_digits" | "dial";

/** A request to a carrier. All but `dial` may be sent twice without harm. */
export interface Command {
  /** The carrier's name, for people. */
  readonly carrier: string;
  readonly purpose: Purpose;
  readonly method: "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The variables with the credentials, for the message if they are refused. */
  readonly variables: string;
  /** Tells that the call is over, by the HTTP status and the carrier's own code. Default: never. */
  readonly over?: (status: number, code: string | undefined) => boolean;
}

/**
 * Sends a command, up to three times if the carrier does not answer or is unable to; dials a call
 * again only if the carrier has said that it did not. Returns the JSON of the answer.
 *
 * @throws {RunnerError} `call_over`, or that of the purpose, such as `hang_up_failed`; its message
 * contains no part of the request. Hanging up a call that is over is not an error.
 */
export async function send(command: Command, signal: AbortSignal): Promise<unknown> {
  const dials = command.purpose === "dial";
  const over = (answer: RestAnswer) =>
    answer.status > 0 && command.over?.(answer.status, errorCode(answer)) === true;
  const request = { ...command, timeoutMs: dials ? DIAL_TIMEOUT_MS : TIMEOUT_MS, signal };
  const answer = await rest(
    request,
    (answer) => dials ? answer.status === TOO_MANY : isPassing(answer) && !over(answer),
  );
  if (answer.status >= 200 && answer.status < 300) return answer.json;
  if (!over(answer)) throw failure(command, answer);
  if (command.purpose === "hang_up" || command.purpose === "answer") return undefined;
  throw new RunnerError("call_over", "The call has ended.");
}

/** How to reach the API of a carrier. */
export interface Api extends Pick<Command, "carrier" | "variables" | "over"> {
  /** Its address, to which the path of a command is added; a slash at its end counts for nothing. */
  readonly address: string;
  /** What comes between the address and the path of a command. */
  readonly folder: string;
  /** Makes the `authorization` header. */
  readonly authorization: () => string | Promise<string>;
}

/** Sends a command: a form, or any other value as JSON. */
export type SendCommand = (
  purpose: Purpose,
  path: string,
  body: unknown,
  signal: AbortSignal,
  method?: Command["method"],
) => Promise<unknown>;

/** Makes the sender of commands to an API; it throws as {@link send} does. */
export function commandsTo({ address, folder, authorization, ...api }: Api): SendCommand {
  return async (purpose, path, body, signal, method = "POST") => {
    const form = body instanceof URLSearchParams;
    return await send({
      ...api,
      purpose,
      method,
      url: address.replace(/\/$/, "") + folder + path,
      headers: {
        authorization: await authorization(),
        "content-type": form ? "application/x-www-form-urlencoded" : "application/json",
        accept: "application/json",
      },
      body: form ? body.toString() : JSON.stringify(body),
    }, signal);
  };
}

/** The `authorization` header of HTTP Basic. */
export function basic(user: string, password: string): string {
  return `Basic ${encodeBase64(utf8(`${user}:${password}`))}`;
}

/**
 * A call's id as a part of a path. The id came over the network: an empty one, or `.`, would name
 * the collection of calls, and with Plivo end every call of the account.
 *
 * @throws {RunnerError} that of the purpose, such as `hang_up_failed`, if the id names no call.
 */
export function callSegment(id: string, purpose: Purpose): string {
  if (/^\.*$/.test(id)) {
    throw new RunnerError(`${purpose}_failed`, "The call has no id.");
  }
  // Half a character cannot be encoded, and names no call either.
  return id.replace(/\p{Surrogate}/gu, "\uFFFD")
    .replace(/[^\w.~!$&'()*+,;=:@-]+/g, encodeURIComponent);
}

/**
 * The id of a call that was dialled.
 *
 * @throws {RunnerError} `dial_uncertain` if the carrier returned none.
 */
export function dialledId(carrier: string, id: unknown): string {
  if (typeof id === "string" && id !== "") return id;
  throw new RunnerError("dial_uncertain", `${carrier} returned no id for the call.`);
}

/** The carrier's code for the failure: Twilio's `code`, Telnyx's `errors[0].code`. */
function errorCode({ json }: RestAnswer): string | undefined {
  const answer = fields(json);
  const [first]: unknown[] = Array.isArray(answer?.errors) ? answer.errors : [answer];
  const code = plain(fields(first)?.code) ?? "";
  return /^\d{1,8}$/.test(code) ? code : undefined;
}

/** The error of a command. It has no cause, which would name the address, and with it the account. */
function failure({ carrier, purpose, variables }: Command, answer: RestAnswer): RunnerError {
  countFailure("carrier", carrier.toLowerCase(), purpose);
  const { status } = answer;
  const known = errorCode(answer);
  const code = known ? ` (code ${known})` : "";
  const request = `the request to ${purpose.replace("_", " ")}`;
  // A carrier that fails while it is asked may have dialled.
  if (purpose === "dial" && (status === 0 || status >= 500)) {
    const detail = `${carrier} did not confirm ${request}${code}: the phone may ring.`;
    return new RunnerError("dial_uncertain", detail);
  }
  const detail = status === 0
    ? `${carrier} did not respond to ${request}.`
    : status === 401 || status === 403
    ? `${carrier} refused ${request}${code}: check ${variables}.`
    : `${carrier} responded with ${status}${code} to ${request}.`;
  return new RunnerError(`${purpose}_failed`, detail);
}

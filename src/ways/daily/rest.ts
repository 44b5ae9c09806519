/**
 * Requests to Daily's REST API.
 *
 * @module
 */
import * as z from "../../core/zod.ts";
import { RunnerError } from "../../core/error.ts";
import { isPassing, LONGEST_WAIT_MS, rest, type RestAnswer } from "../../core/rest.ts";
import type { DailyAccount } from "./account.ts";

/** How long Daily may take to answer, in ms. */
const TIMEOUT_MS = 10_000;
/** What to tell a client that calls too often, in s: the window of Daily's limits. */
const RETRY_AFTER_S = 5;

/** A request to Daily. */
export interface DailyRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the API's address, such as `/rooms`. */
  readonly path: string;
  readonly body?: unknown;
  /** What it is for, in a sentence such as "Daily did not respond to the request to ...". */
  readonly purpose: string;
  /** Set when Daily may act on it only once: then it is repeated only if Daily has not taken it. */
  readonly once?: true;
  /** The error when Daily finds the request wrong. Default: `daily_rejected`. */
  readonly blame?: Blame;
  readonly signal?: AbortSignal | undefined;
}

/** Who is to blame for a wrong request: the runner, or who has asked for such a room. */
export type Blame = "daily_rejected" | "daily_properties_rejected";

/**
 * Sends a request, up to three times while Daily is not able to answer or asks to wait.
 *
 * @param expected Statuses besides 2xx that are not failures.
 * @throws {RunnerError} `daily_refused`, `daily_rejected`, `daily_properties_rejected`, `daily_busy`, `daily_failed` or
 * `daily_unreachable`, without the key, a number or a token in its message.
 */
export async function send(
  account: DailyAccount,
  request: DailyRequest,
  expected: (answer: RestAnswer) => boolean = () => false,
): Promise<RestAnswer> {
  const { method, path, body, once, signal } = request;
  const settled = (answer: RestAnswer) =>
    (answer.status >= 200 && answer.status < 300) || expected(answer);
  const answer = await rest({
    method,
    url: `${account.apiUrl}${path}`,
    headers: {
      authorization: `Bearer ${account.apiKey}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    timeoutMs: TIMEOUT_MS,
    signal,
  }, (answer) =>
    !settled(answer) && (once ? answer.status === 429 : isPassing(answer)) &&
    (answer.retryAfter ?? 0) * 1000 <= LONGEST_WAIT_MS);
  if (settled(answer)) return answer;
  signal?.throwIfAborted();
  throw failure(account, request, answer);
}

/**
 * Reads an answer.
 *
 * @throws {RunnerError} `daily_failed` if it has another shape.
 */
export function read<T>(answer: RestAnswer, schema: z.ZodMiniType<T>, purpose: string): T {
  const parsed = schema.safeParse(answer.json);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") || "the body";
  throw new RunnerError(
    "daily_failed",
    `Daily's answer to the request to ${purpose} cannot be used: ${field} is missing or wrong.`,
  );
}

/** Daily's own description of an error; empty if it has none. */
export function infoOf(json: unknown): string {
  const parsed = ErrorBody.safeParse(json);
  return parsed.success ? parsed.data.info ?? "" : "";
}

const ErrorBody = z.looseObject({ info: z.optional(z.string()) });

function failure(account: DailyAccount, request: DailyRequest, answer: RestAnswer): RunnerError {
  const { purpose, blame = "daily_rejected" } = request;
  const { status, cause, retryAfter = RETRY_AFTER_S } = answer;
  const info = presentable(infoOf(answer.json), account);
  if (status === 0) {
    return new RunnerError(
      "daily_unreachable",
      `Daily did not respond to the request to ${purpose}.`,
      { cause },
    );
  }
  if (status === 401) {
    return new RunnerError("daily_refused", "Daily refused the API key: check DAILY_API_KEY.");
  }
  if (status === 403) {
    return new RunnerError(
      "daily_refused",
      `Daily does not allow this API key to ${purpose}${info && `: ${info}`}.`,
    );
  }
  if (status === 429) {
    return new RunnerError(
      "daily_busy",
      `Daily limits requests to ${purpose}; try again in ${retryAfter} s.`,
      { retryAfter },
    );
  }
  if (status >= 400 && status < 500) {
    return new RunnerError(
      blame,
      `Daily rejected the request to ${purpose}${info && `: ${info}`}.`,
    );
  }
  return new RunnerError(
    "daily_failed",
    `Daily responded with ${status} to the request to ${purpose}.`,
  );
}

/** Daily's message, without what may be secret in it: the key, phone numbers, tokens. */
function presentable(info: string, { apiKey }: DailyAccount): string {
  return info.replaceAll(apiKey, "…")
    .replace(/\+?\d[\d ()-]{6,}\d|[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, "…")
    .slice(0, 300).trim().replace(/\.$/, "");
}

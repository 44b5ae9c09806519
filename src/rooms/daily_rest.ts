/**
 * Requests to Daily's REST API.
 *
 * @module
 */
import * as z from "zod/mini";
import { RunnerError } from "../core/error.ts";
import type { DailyAccount } from "./daily_account.ts";

/** How long Daily may take to answer, in ms. */
const TIMEOUT_MS = 10_000;
/** How long to wait before each further attempt, in ms. */
const RETRY_MS: readonly number[] = [250, 1_000];
/** The longest wait that Daily may ask for before it is left to our own caller, in ms. */
const LONGEST_WAIT_MS = 2_000;
/** What to tell a caller who comes too often, in s: the window of Daily's limits. */
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

/** What Daily said. */
export interface DailyAnswer {
  readonly status: number;
  /** The JSON of the body; undefined when it was none. */
  readonly json: unknown;
  /** Set when an earlier attempt may have been carried out already. */
  readonly repeated: boolean;
}

/**
 * Sends a request, up to three times while Daily is not able to answer or asks to wait.
 *
 * @param expected Statuses beside 2xx that are no failure.
 * @throws {RunnerError} `daily_refused`, `daily_rejected`, `daily_properties_rejected`, `daily_busy`, `daily_failed` or
 * `daily_unreachable`, without the key, a number or a token in its message.
 */
export async function send(
  account: DailyAccount,
  request: DailyRequest,
  expected: (answer: DailyAnswer) => boolean = () => false,
): Promise<DailyAnswer> {
  let repeated = false;
  for (let attempt = 0;; attempt++) {
    const exchange = await exchangeOnce(account, request);
    const { status = 0, json } = exchange;
    const answer = { status, json, repeated };
    if ((status >= 200 && status < 300) || expected(answer)) return answer;

    const passing = status === 429 || (!request.once && (status === 0 || status >= 500));
    const pause = RETRY_MS[attempt];
    const wait = Math.max(pause ?? 0, (exchange.retryAfter ?? 0) * 1000);
    if (!passing || pause === undefined || wait > LONGEST_WAIT_MS) {
      throw failure(account, request, exchange);
    }
    repeated ||= status !== 429;
    await delay(wait, request.signal);
  }
}

/**
 * Reads an answer.
 *
 * @throws {RunnerError} `daily_failed` when it has another shape.
 */
export function read<T>(answer: DailyAnswer, schema: z.ZodMiniType<T>, purpose: string): T {
  const parsed = schema.safeParse(answer.json);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join(".") || "the body";
  throw new RunnerError(
    "daily_failed",
    `Daily's answer to the request to ${purpose} cannot be used: ${field} is missing or wrong.`,
  );
}

/** What Daily says for people about an error; empty when it says nothing. */
export function infoOf(json: unknown): string {
  const parsed = ErrorBody.safeParse(json);
  return parsed.success ? parsed.data.info ?? "" : "";
}

const ErrorBody = z.looseObject({ info: z.optional(z.string()) });

interface Exchange {
  /** Undefined when there was no answer. */
  readonly status?: number;
  readonly json?: unknown;
  /** In s. */
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

async function exchangeOnce(account: DailyAccount, request: DailyRequest): Promise<Exchange> {
  const { method, path, body, signal } = request;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(`${account.apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${account.apiKey}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "manual", // the key is for this host alone
      signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
    });
    const json = parseJson(await response.text());
    return { status: response.status, json, retryAfter: readRetryAfter(response.headers) };
  } catch (cause) {
    signal?.throwIfAborted();
    return { cause };
  } finally {
    clearTimeout(timer);
  }
}

function failure(account: DailyAccount, request: DailyRequest, exchange: Exchange): RunnerError {
  const { purpose, blame = "daily_rejected" } = request;
  const { status, cause, retryAfter = RETRY_AFTER_S } = exchange;
  const info = presentable(infoOf(exchange.json), account);
  if (status === undefined) {
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
      `Daily takes no more requests to ${purpose} for the moment; try again in ${retryAfter} s.`,
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

/** What Daily says, without what may be secret in it: the key, numbers of phones, tokens. */
function presentable(info: string, { apiKey }: DailyAccount): string {
  return info.replaceAll(apiKey, "…")
    .replace(/\+?\d[\d ()-]{6,}\d|[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, "…")
    .slice(0, 300).trim().replace(/\.$/, "");
}

function readRetryAfter(headers: Headers): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the one thing that fails is text that is not JSON
  }
}

function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

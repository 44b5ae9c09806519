/**
 * Requests to the REST APIs of carriers and rooms.
 *
 * @module
 */
import { parseJson } from "./json.ts";
import { abortedAfter, delay, LONGEST_TIMER_MS } from "./wait.ts";

/** How long to wait before each further attempt, in ms. */
const RETRY_MS: readonly number[] = [250, 1_000];
/** The longest wait that an API may ask for in between, in ms. */
export const LONGEST_WAIT_MS = 2_000;

/** A request. */
export interface RestRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** How long each attempt may take, in ms. Default: until the signal aborts. */
  readonly timeoutMs?: number | undefined;
  /** Ends everything: what is unanswered by then is not tried again. */
  readonly signal?: AbortSignal | undefined;
}

/** What the API said. */
export interface RestAnswer {
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** The JSON of the body; undefined if it was not JSON. */
  readonly json?: unknown;
  /** When a retry makes sense, in seconds, if the API says so. */
  readonly retryAfter?: number | undefined;
  /** Why there was no answer. It may name the address, and with it an account. */
  readonly cause?: unknown;
  /** Whether an attempt before this one may have been carried out. */
  readonly repeated: boolean;
}

/** Tells whether the API was not there, not able to answer, or too busy: the next time it may be. */
export function isPassing({ status }: RestAnswer): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/**
 * Sends a request, up to three times. Never rejects: without an answer, the status is 0.
 *
 * @param again Whether to try it again after this answer.
 */
export async function rest(
  request: RestRequest,
  again: (answer: RestAnswer) => boolean | Promise<boolean>,
): Promise<RestAnswer> {
  let repeated = false;
  for (let attempt = 0;; attempt++) {
    const answer: RestAnswer = { ...await exchange(request), repeated };
    const pause = RETRY_MS[attempt];
    if (pause === undefined || request.signal?.aborted || !await again(answer)) return answer;
    repeated ||= answer.status !== 429;
    const asked = Math.min((answer.retryAfter ?? 0) * 1000, LONGEST_WAIT_MS);
    await delay(Math.max(pause, asked), request.signal);
    if (request.signal?.aborted) return answer;
  }
}

async function exchange(request: RestRequest): Promise<Omit<RestAnswer, "repeated">> {
  const { method, url, headers, body = null, timeoutMs = LONGEST_TIMER_MS } = request;
  try {
    return await abortedAfter(timeoutMs, async (signal) => {
      // The credentials are only for this host.
      const response = await fetch(url, { method, headers, body, redirect: "manual", signal });
      return {
        status: response.status,
        json: parseJson(await response.text()),
        retryAfter: readRetryAfter(response.headers),
      };
    }, request.signal);
  } catch (cause) {
    return { status: 0, cause };
  }
}

/** Reads `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3). */
function readRetryAfter(headers: Headers): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return seconds < Infinity ? Math.max(0, Math.ceil(seconds)) : undefined;
}

/**
 * The one error class of the runner.
 *
 * @module
 */

import { type RunnerErrorCode, statusOf } from "./error_codes.ts";

const REQUEST_TIMEOUT = 408;

/** What a {@link RunnerError} may carry besides its code and its sentence. */
export interface RunnerErrorOptions {
  /** The status that another server answered with, if the error is about that answer. */
  readonly answered?: number;
  /** Seconds until a retry makes sense; becomes the `Retry-After` header. */
  readonly retryAfter?: number;
  /** The error underneath, for the log; a client never sees it. */
  readonly cause?: unknown;
}

/** The JSON body of every error answer: each kind of client finds the key that it reads. */
export interface RunnerErrorBody {
  /** Read by FastAPI clients and `@pipecat-ai/client-js`. */
  readonly detail: string;
  /** Read first by `@pipecat-ai/client-js`. */
  readonly info: string;
  /** Read by Pipecat Cloud clients. */
  readonly error: string;
  /** Stable and machine readable, such as `unknown_session`. */
  readonly code: RunnerErrorCode;
}

/** An error with a stable code, a sentence that says what to do, and an HTTP status. */
export class RunnerError extends Error {
  /** The name of the class, for logs. */
  override readonly name = "RunnerError";
  /** Stable and machine readable, such as `unknown_session`. */
  readonly code: RunnerErrorCode;
  /** The HTTP status that the code means. */
  readonly status: number;
  /** Seconds until a retry makes sense. */
  readonly retryAfter: number | undefined;

  /** Makes an error from its code and its sentence. */
  constructor(code: RunnerErrorCode, detail: string, options: RunnerErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.answered ?? statusOf(code);
    this.retryAfter = options.retryAfter;
  }

  /** The error as an HTTP answer. */
  toResponse(): Response {
    const headers = new Headers({ "content-type": "application/json" });
    // Otherwise the rest of the request would be taken for the next one.
    if (this.status === REQUEST_TIMEOUT) headers.set("connection", "close");
    if (this.retryAfter !== undefined) headers.set("retry-after", String(this.retryAfter));
    const { message: detail, code } = this;
    const body: RunnerErrorBody = { detail, info: detail, error: detail, code };
    return new Response(JSON.stringify(body), { status: this.status, headers });
  }
}

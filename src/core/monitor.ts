/**
 * The port through which a runner is observed: by metrics, by traces, or by the user's own code.
 *
 * @module
 */
import type { TransportName } from "./bot.ts";

/**
 * How a session ended: the bot returned or hung up, the other side left, the bot failed, a limit was reached,
 * the runner closed, or the program aborted it.
 */
export type SessionOutcome = "returned" | "left" | "failed" | "limit" | "closing" | "aborted";

/** The end of a session. */
export interface SessionEnd {
  /** Why it ended. */
  readonly outcome: SessionOutcome;
  /** What the bot threw, if it failed. */
  readonly error?: unknown;
}

/** A session that is about to begin. */
export interface MonitoredSession {
  /** The session's id. */
  readonly id: string;
  /** How its client is connected. */
  readonly transport: TransportName;
  /** How long ago the request came that it begins with, in ms. */
  readonly startMs?: number;
  /** The span that it was started in, by `POST /start` or a webhook, as a `traceparent` header. */
  readonly traceparent?: string;
}

/** What an observer of a request knows about it. */
export interface WatchedRequest {
  /** Its span, as a `traceparent` header (W3C Trace Context): sessions that it begins belong to it. */
  readonly traceparent?: string;
}

/** Answers a request, once. */
export type AnswerRequest = (watched?: WatchedRequest) => Response | Promise<Response>;

/** Observes a runner. It must not throw; it calls what it wraps once, and returns the result. */
export interface Monitor {
  /** Wraps a whole session, from before its bot is called until its connection is closed. */
  session?(session: MonitoredSession, run: () => Promise<SessionEnd>): Promise<SessionEnd>;
  /** Wraps the answer to a request. */
  request?(request: Request, answer: AnswerRequest): Response | Promise<Response>;
  /** A session was refused; the reason is the code of the error. */
  refused?(reason: string): void;
  /** The request that is being answered failed, with a status of 500 or more. */
  failed?(error: Error): void;
}

/** Makes one monitor of several, the first of them the outermost. */
export function combineMonitors(monitors: readonly Monitor[]): Monitor {
  const [outer, inner, ...rest] = monitors;
  if (!outer || !inner) return outer ?? {};
  const both: Monitor = {
    session: (session, run) => {
      const within = inner.session ? () => inner.session!(session, run) : run;
      return outer.session ? outer.session(session, within) : within();
    },
    request: (request, answer) => {
      const within: AnswerRequest = inner.request
        ? (outside) => inner.request!(request, (inside) => answer({ ...outside, ...inside }))
        : answer;
      return outer.request ? outer.request(request, within) : within();
    },
    refused(reason) {
      outer.refused?.(reason);
      inner.refused?.(reason);
    },
    failed(error) {
      outer.failed?.(error);
      inner.failed?.(error);
    },
  };
  return combineMonitors([both, ...rest]);
}

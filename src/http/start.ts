/**
 * `GET /status` and `POST /start`.
 *
 * @module
 */
import type { Context, Hono } from "hono";
import type { TransportName } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import type { Forwarded } from "../nodes/forwarding.ts";
import type { Platform } from "../core/platform.ts";
import type { Sessions } from "../sessions/session.ts";
import { TRANSPORT_NAMES } from "../core/transport_names.ts";
import type { AppEnv } from "./env.ts";
import { createRoutes } from "./hono.ts";
import type { StartRequest } from "./protocol.ts";
import type { StartGuard } from "./start_guard.ts";

/** Pipecat Cloud's limit on the body of a start request, in bytes. */
const MAX_START_BYTES = 1_000_000;

/** W3C Trace Context, version 00: the ids of a trace and of a span in it. */
const TRACEPARENT = /^00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** What a starter needs from the request, besides its body. */
export interface StartContext {
  /** The new session's id. */
  readonly sessionId: string;
  /** The HTTP request. */
  readonly request: Request;
  /** The host, which keeps bots alive that start before their client comes. */
  readonly platform?: Platform;
  /** Set if another runner forwarded the request. */
  readonly forwarded?: Forwarded;
  /** The span of the request, as a `traceparent` header: the session belongs to it. */
  readonly traceparent?: string | undefined;
}

/** Starts or prepares a session of one transport; returns the answer, or its JSON. */
export type Starter = (start: StartRequest, context: StartContext) => Promise<unknown>;

/** Reads the request of a start, up to this many bytes. Throws what `readBody` does. */
export type ReadStart = (request: Request, most: number) => Promise<StartRequest>;

/** A session that was started or prepared. */
export interface StartedSession {
  readonly id: string;
  readonly transport: TransportName;
}

/** What the start routes need. */
export interface StartRoutesOptions {
  /** A starter for each enabled transport; an error for one that lacks something. */
  readonly starters: Readonly<Partial<Record<TransportName, Starter | RunnerError>>>;
  readonly readStart: ReadStart;
  /** The only transport, as with `-t`. */
  readonly transport?: TransportName;
  readonly sessions: Sessions;
  /** Asks for the start token. */
  readonly guard: StartGuard;
  /** What to add to the answer. */
  readonly started: (session: StartedSession) => object;
  /** The names of all bots, if there are several. */
  readonly bots?: readonly string[];
}

/** The span of a request, or its sender's, as a `traceparent` header; undefined without either. */
export function traceparentOf(c: Context<AppEnv>): string | undefined {
  return c.env.traceparent ?? TRACEPARENT.exec(c.req.header("traceparent") ?? "")?.[0];
}

/** The transports that can be started, in display order. */
export function enabledTransports(
  options: Pick<StartRoutesOptions, "starters" | "transport">,
): TransportName[] {
  const { starters, transport: only } = options;
  return TRANSPORT_NAMES.filter((name) =>
    typeof starters[name] === "function" && (!only || name === only)
  );
}

/** The routes that list what can be started, and start it. */
export function startRoutes(options: StartRoutesOptions): Hono<AppEnv> {
  const { starters, readStart, transport: only, sessions, guard, started, bots } = options;
  const enabled = enabledTransports(options);
  const status = { status: "ready", transports: enabled, ...(bots ? { bots } : {}) };
  return createRoutes()
    .get("/status", (c) => c.json(status))
    .post("/start", async (c) => {
      await guard(c);
      const start = await readStart(c.req.raw, MAX_START_BYTES);
      const transport = start.transport ?? (start.createDailyRoom ? "daily" : only ?? "webrtc");
      if (only && transport !== only) {
        throw new RunnerError(
          "transport_not_allowed",
          `Transport '${transport}' is not allowed. This runner serves '${only}' only (-t ${only}).`,
        );
      }
      const starter = starters[transport];
      if (starter instanceof RunnerError) throw starter;
      if (!starter) {
        throw new RunnerError(
          "transport_disabled",
          `Transport '${transport}' is not enabled here. Enabled: ${enabled.join(", ") || "none"}.`,
        );
      }
      const { platform, client, forwarded } = c.env;
      const sessionId = await forwarded?.newId("") ?? await sessions.newId();
      const traceparent = traceparentOf(c);
      const host = { ...(platform ? { platform } : {}), ...(forwarded ? { forwarded } : {}) };
      const context = { sessionId, request: c.req.raw, traceparent, ...host };
      const visit = { client, stored: sizeOf(c.req.raw, start) / MAX_START_BYTES };
      const answer = await sessions.reserve(sessionId, visit, () => starter(start, context));
      if (answer instanceof Response) return answer;
      const told = { ...answer as object, ...started({ id: sessionId, transport }) };
      return c.json(told, 200, { "x-session-id": sessionId });
    });
}

/** The size of a read request, in bytes or, if that is unknown, in characters. */
function sizeOf({ headers }: Request, start: StartRequest): number {
  const told = headers.has("transfer-encoding") ? null : headers.get("content-length");
  return told === null ? JSON.stringify(start).length : Number(told);
}

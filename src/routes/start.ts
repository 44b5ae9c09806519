/**
 * `GET /status` and `POST /start`.
 *
 * @module
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { TRANSPORT_NAMES, type TransportName } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import type { Platform } from "../core/platform.ts";
import type { AppEnv } from "./env.ts";
import type { StartRequest } from "./protocol.ts";

/** Pipecat Cloud's limit on the body of a start request, in bytes. */
const MAX_START_BYTES = 1_000_000;

/** What a starter needs of the request, besides its body. */
export interface StartContext {
  /** The new session's id. */
  readonly sessionId: string;
  /** The HTTP request. */
  readonly request: Request;
  /** The host, which keeps bots alive that begin before their client comes. */
  readonly platform?: Platform;
}

/** Starts, or makes ready, a session of one transport; returns the JSON to answer with. */
export type Starter = (start: StartRequest, context: StartContext) => Promise<unknown>;

/** What the start routes need. */
export interface StartRoutesOptions {
  /** A starter for each transport that is enabled. */
  readonly starters: Readonly<Partial<Record<TransportName, Starter>>>;
  /** For a transport that needs an account: throws, when there is none, what is missing. */
  readonly accounts?: Readonly<Partial<Record<TransportName, () => unknown>>>;
  /** Restricts the runner to one transport, as `-t` does. */
  readonly transport?: TransportName;
}

/** The transports that can be started, in the order in which they are shown. */
export function enabledTransports(options: StartRoutesOptions): TransportName[] {
  const { starters, transport: only } = options;
  return TRANSPORT_NAMES.filter((name) => starters[name] && (!only || name === only));
}

/** The routes that tell what can be started, and start it. */
export function startRoutes(options: StartRoutesOptions): Hono<AppEnv> {
  const { starters, transport: only } = options;
  const enabled = enabledTransports(options);
  const status = { status: "ready", transports: enabled };
  return new Hono<AppEnv>()
    .get("/status", (c) => c.json(status))
    .post("/start", bodyLimit({ maxSize: MAX_START_BYTES, onError: tooLarge }), async (c) => {
      const { readBody, StartRequest } = await import("./protocol.ts"); // zod is slow to load
      const start = await readBody(c.req.raw, StartRequest);
      const transport = start.transport ?? (start.createDailyRoom ? "daily" : only ?? "webrtc");
      if (only && transport !== only) {
        throw new RunnerError(
          "transport_not_allowed",
          `Transport '${transport}' is not allowed. This runner serves '${only}' only (-t ${only}).`,
        );
      }
      const starter = starters[transport];
      if (!starter) {
        if (!only) options.accounts?.[transport]?.();
        throw new RunnerError(
          "transport_disabled",
          `Transport '${transport}' is not enabled here. Enabled: ${enabled.join(", ") || "none"}.`,
        );
      }
      const sessionId = crypto.randomUUID();
      const { platform } = c.env;
      const host = platform ? { platform } : {};
      const answer = await starter(start, { sessionId, request: c.req.raw, ...host });
      return c.json(answer, 200, { "x-session-id": sessionId });
    });
}

function tooLarge(): never {
  throw new RunnerError("too_large", `The body is larger than ${MAX_START_BYTES} bytes.`, {
    status: 413,
  });
}

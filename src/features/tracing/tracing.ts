/**
 * Spans of requests and sessions, where OpenTelemetry is on: Deno's own (`OTEL_DENO=true`), or an SDK
 * that the user has registered.
 *
 * @module
 */
import { loadOnce } from "../../core/load_once.ts";
import type { Feature } from "../feature.ts";

/** Where every copy of the API finds what was registered with one. */
const REGISTERED: unique symbol = Symbol.for("opentelemetry.js.api.1");

/** Whether somebody wants to hear of spans. */
function isTraced(): boolean {
  const shared: typeof globalThis & { readonly [REGISTERED]?: { readonly trace?: unknown } } =
    globalThis;
  return shared[REGISTERED]?.trace !== undefined;
}

/**
 * Makes a span of every request, where the host makes none, and of every session. The bot runs within
 * its session's, so that its own spans are children. An SDK has to be registered before the runner is
 * made; one that comes later hears of sessions alone. The parent of a session is the request that it
 * was begun with, `POST /start` or a carrier's webhook, wherever its media came.
 */
export function tracing(): Feature {
  let loaded: typeof import("./spans.ts") | undefined;
  // The API takes 14 MB and 30 ms: it is loaded where something is registered to hear of it.
  const spans = loadOnce(async () => loaded = await import("./spans.ts"));
  return {
    name: "tracing",
    async session(session, run) {
      if (!isTraced()) return await run();
      return await (await spans()).traceSession(session, run);
    },
    // Known from the beginning, so that requests pass untouched where nobody traces.
    ...(isTraced()
      ? {
        request: (request, answer) =>
          spans().then(({ traceRequest }) => traceRequest(request, answer)),
      }
      : {}),
    // Now, for the span of a request ends with its answer; whatever fails has one.
    failed: (error) => loaded?.noteFailure(error),
  };
}

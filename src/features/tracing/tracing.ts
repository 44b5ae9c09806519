/**
 * Spans of requests and sessions, if OpenTelemetry is on: Deno's own (`OTEL_DENO=true`), or an SDK
 * that the user has registered.
 *
 * @module
 */
import { loadOnce } from "../../core/load_once.ts";
import type { Feature } from "../feature.ts";

/** Where every copy of the API finds what was registered with any of them. */
const REGISTERED: unique symbol = Symbol.for("opentelemetry.js.api.1");

/** Whether anything is registered to receive spans. */
function isTraced(): boolean {
  const shared: typeof globalThis & { readonly [REGISTERED]?: { readonly trace?: unknown } } =
    globalThis;
  return shared[REGISTERED]?.trace !== undefined;
}

/**
 * Makes a span for every request, unless the host does, and for every session. The bot runs within
 * its session's span, so its own spans are children. Register an SDK before you create the runner;
 * one that comes later receives only sessions. The parent of a session is the request that started
 * it, `POST /start` or a carrier's webhook, wherever its media arrives.
 */
export function tracing(): Feature {
  let loaded: typeof import("./spans.ts") | undefined;
  // The API takes 14 MB and 30 ms: it is loaded only if something is registered.
  const spans = loadOnce(async () => loaded = await import("./spans.ts"));
  return {
    name: "tracing",
    async session(session, run) {
      if (!isTraced()) return await run();
      return await (await spans()).traceSession(session, run);
    },
    // Decided once, so that requests pass untouched if nobody traces.
    ...(isTraced()
      ? {
        request: (request, answer) =>
          spans().then(({ traceRequest }) => traceRequest(request, answer)),
      }
      : {}),
    // Now, because the span of a request ends with its answer; whatever fails has one.
    failed: (error) => loaded?.noteFailure(error),
  };
}

/**
 * A span for every session, where OpenTelemetry is on: Deno's own (`OTEL_DENO=true`), or an SDK that
 * the user has registered.
 *
 * @module
 */
import type { SpanContext } from "@opentelemetry/api";
import type { Feature } from "./feature.ts";

/** Where every copy of the API finds what was registered with one. */
const REGISTERED: symbol = Symbol.for("opentelemetry.js.api.1");

/**
 * Makes a span of every session. The bot runs within it, so that its own spans are children. The
 * parent is the span that `POST /start` came from, and else the one that is active.
 */
export function tracing(): Feature {
  return {
    name: "tracing",
    async session({ id, transport, traceparent }, run) {
      // The API takes 14 MB and 30 ms: it is loaded where something is registered to hear of it.
      if (!(REGISTERED in globalThis)) return await run();
      const { context, SpanStatusCode, trace } = await import("@opentelemetry/api");
      const remote = remoteSpan(traceparent);
      const active = context.active();
      const parent = remote ? trace.setSpanContext(active, remote) : active;
      const attributes = { "session.id": id, "pipecat.transport": transport };
      const tracer = trace.getTracer("@pipecat/runner");
      return await tracer.startActiveSpan("session", { attributes }, parent, async (span) => {
        try {
          const end = await run();
          span.setAttribute("pipecat.outcome", end.outcome);
          if (end.outcome === "failed") span.setStatus({ code: SpanStatusCode.ERROR });
          return end;
        } finally {
          span.end();
        }
      });
    },
  };
}

/** Reads a `traceparent` header. */
function remoteSpan(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = traceparent?.split("-") ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  return { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
}

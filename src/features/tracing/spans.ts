/**
 * The spans themselves.
 *
 * @module
 */
import {
  type Attributes,
  context,
  propagation,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { AnswerRequest, MonitoredSession, SessionEnd } from "../../core/monitor.ts";
import { answerStatus } from "../../core/upgrade.ts";
import { requestAttributes, routeTemplate } from "./http_attributes.ts";

/** Nobody wants a span each time a load balancer or Prometheus asks. */
const UNTRACED = ["/livez", "/readyz", "/metrics"];

/** Runs a session in its own span. */
export async function traceSession(
  { id, transport, traceparent }: MonitoredSession,
  run: () => Promise<SessionEnd>,
): Promise<SessionEnd> {
  const active = context.active();
  const beginner = readTraceparent(traceparent);
  const parent = beginner ? trace.setSpanContext(active, beginner) : active;
  // Its media came with another request, which has its own trace.
  const arrival = beginner && trace.getSpanContext(active);
  const options = {
    attributes: { "session.id": id, "pipecat.transport": transport },
    links: arrival && arrival.traceId !== beginner.traceId ? [{ context: arrival }] : [],
  };
  return await tracer().startActiveSpan("session", options, parent, async (span) => {
    try {
      const end = await run();
      span.setAttribute("pipecat.outcome", end.outcome);
      if (end.outcome === "failed") fail(span, end.error);
      return end;
    } finally {
      span.end();
    }
  });
}

/** Answers a request in its own span; if the host has made one, names that after the route. */
export async function traceRequest(request: Request, answer: AnswerRequest): Promise<Response> {
  const url = new URL(request.url);
  if (UNTRACED.some((path) => url.pathname.endsWith(path))) return await answer();
  const route = routeTemplate(url.pathname);
  const attributes = requestAttributes(request, url, route);
  const name = [attributes["http.request.method"], route].filter(Boolean).join(" ");
  const ofHost = trace.getActiveSpan();
  if (ofHost) {
    ofHost.updateName(name);
    if (route) ofHost.setAttribute("http.route", route);
    return await answer({ traceparent: writeTraceparent(ofHost.spanContext()) });
  }
  const options = { kind: SpanKind.SERVER, attributes };
  return await tracer().startActiveSpan(name, options, caller(request), async (span) => {
    try {
      const response = await answer({ traceparent: writeTraceparent(span.spanContext()) });
      const status = answerStatus(request, response);
      span.setAttribute("http.response.status_code", status);
      // A mistake of the client is not an error of the server.
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      if (status >= 500 && !noted.has(span)) span.setAttribute("error.type", String(status));
      return response;
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Spans whose failure is already recorded, by its cause and not only by its status. */
const noted = new WeakSet<Span>();

/** Records on the span of the current request what has failed. */
export function noteFailure(error: Error): void {
  const span = trace.getActiveSpan();
  if (!span) return;
  noted.add(span);
  span.recordException(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  span.setAttribute("error.type", code);
}

function tracer(): Tracer {
  return trace.getTracer("@pipecat/runner");
}

/** The sender of a request may be in a trace; read as the SDK reads it, or by W3C Trace Context. */
function caller({ headers }: Request): ReturnType<typeof context.active> {
  const extracted = propagation.extract(context.active(), headers, {
    keys: (headers) => [...headers.keys()],
    get: (headers, key) => headers.get(key) ?? undefined,
  });
  if (trace.getSpanContext(extracted)) return extracted;
  const remote = readTraceparent(headers.get("traceparent") ?? undefined);
  return remote ? trace.setSpanContext(extracted, remote) : extracted;
}

/** Marks a span as failed, and says with what. */
function fail(span: Span, error: unknown): void {
  const exception = error instanceof Error ? error : new Error(String(error));
  const attributes: Attributes = { "error.type": exception.name };
  span.recordException(exception);
  span.setAttributes(attributes);
  span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message });
}

/** Reads a `traceparent` (W3C Trace Context, version 00). */
function readTraceparent(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] =
    /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? "") ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  return { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
}

function writeTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

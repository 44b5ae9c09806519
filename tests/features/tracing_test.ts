/**
 * The span of every session: with an SDK that the user has registered, and with Deno's own.
 */
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import assert from "node:assert/strict";
import type { Bot } from "../../src/core/bot.ts";
import { createRunner } from "../../src/runner.ts";
import { tracing } from "../../src/features/tracing.ts";
import { call } from "../../src/testing/call.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { folderWith, start } from "../cli/child.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

/** An SDK as users register it, until it is disposed. */
function registeredSdk() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return {
    spans: () => exporter.getFinishedSpans(),
    async [Symbol.asyncDispose]() {
      trace.disable();
      context.disable();
      await provider.shutdown();
      // The exporter says by a timer that it is done, and nobody waits for that.
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

const think: Bot = async ({ transport }) => {
  await Promise.resolve(); // the context has to survive it
  trace.getTracer("bot").startSpan("think").end();
  if (transport === "plivo") throw new Error("broken");
};

Deno.test("a session is a span, and the bot's spans are its children", async () => {
  await using sdk = registeredSdk();
  const runner = createRunner(think, { use: [tracing()] });

  await using caller = await call(runner, { carrier: "twilio", pace: "fast" });
  await caller.ended;
  await runner.close();

  const [child, session] = sdk.spans();
  assert.equal(session?.name, "session");
  assert.equal(session.attributes["pipecat.transport"], "twilio");
  assert.equal(session.attributes["pipecat.outcome"], "returned");
  assert.match(String(session.attributes["session.id"]), /^[\da-f-]{36}$/);
  assert.equal(child?.name, "think");
  assert.equal(child.parentSpanContext?.spanId, session.spanContext().spanId);
});

Deno.test("a bot that fails makes its session's span an error", async () => {
  await using sdk = registeredSdk();
  const runner = createRunner(think, { use: [tracing()] });

  await using caller = await call(runner, { carrier: "plivo", pace: "fast" });
  await caller.ended;
  await runner.close();

  const session = sdk.spans().find(({ name }) => name === "session");
  assert.equal(session?.status.code, SpanStatusCode.ERROR);
  assert.equal(session?.attributes["pipecat.outcome"], "failed");
});

Deno.test("the trace of POST /start goes on in the session", async () => {
  await using sdk = registeredSdk();
  const runner = createRunner(think, { use: [tracing()] });
  const platform = memoryPlatform();
  const begin = async (traceparent: string) => {
    const request = new Request("https://bot.test/start", {
      method: "POST",
      headers: { traceparent },
      body: `{"transport":"websocket"}`,
    });
    const { wsUrl } = await (await runner.fetch(request, platform)).json();
    const socket = await platform.connect(runner, wsUrl);
    await socket.closed;
  };

  await begin(`00-${TRACE}-${SPAN}-01`);
  await begin("00-not-a-trace-01");
  await platform.settled();
  await runner.close();

  const [known, unknown] = sdk.spans().filter(({ name }) => name === "session");
  assert.equal(known?.spanContext().traceId, TRACE);
  assert.equal(known?.parentSpanContext?.spanId, SPAN);
  assert.equal(unknown?.parentSpanContext, undefined);
});

Deno.test("where nothing is registered a session runs all the same", async () => {
  const runner = createRunner(think, { use: [tracing()] });

  await using caller = await call(runner, { carrier: "twilio", pace: "fast" });

  assert.ok(await caller.ended);
  await runner.close();
});

/** A span, as OTLP writes it in JSON. */
interface OtlpSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes?: { readonly key: string; readonly value: { stringValue?: string } }[];
}

/** A collector that takes OTLP over HTTP, in JSON. */
function collector() {
  const spans: OtlpSpan[] = [];
  let arrival = Promise.withResolvers<void>();
  const server = Deno.serve({ port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== "/v1/traces") return new Response(null, { status: 200 });
    assert.equal(request.method, "POST");
    assert.equal(request.headers.get("content-type"), "application/json");
    const { resourceSpans } = await request.json();
    for (const { scopeSpans } of resourceSpans) {
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    arrival.resolve();
    arrival = Promise.withResolvers();
    return Response.json({ partialSuccess: {} });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    /** The first span with this name. */
    async span(name: string): Promise<OtlpSpan> {
      for (;;) {
        const found = spans.find((span) => span.name === name);
        if (found) return found;
        await arrival.promise;
      }
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("with OTEL_DENO a collector gets the span, and the bot's below it", async () => {
  await using otlp = collector();
  await using folder = await folderWith({
    "bot.ts": `import { trace } from "npm:@opentelemetry/api@^1.9.1";
      export function bot(): void { trace.getTracer("bot").startSpan("think").end(); }`,
  });
  await using runner = await start(["bot.ts", "--port", "0"], {
    cwd: folder.path,
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "50",
    },
  });

  await using caller = await call(runner.url, { carrier: "twilio", pace: "fast" });
  await caller.ended;
  const [session, child] = await Promise.all([otlp.span("session"), otlp.span("think")]);

  const attribute = (name: string) =>
    session.attributes?.find(({ key }) => key === name)?.value.stringValue;
  assert.equal(attribute("pipecat.transport"), "twilio");
  assert.equal(attribute("pipecat.outcome"), "returned");
  assert.match(attribute("session.id") ?? "", /^[\da-f-]{36}$/);
  assert.equal(child.parentSpanId, session.spanId);
  assert.equal(child.traceId, session.traceId);
});

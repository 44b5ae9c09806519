/**
 * The span of every session: with an SDK that the user has registered, and with Deno's own.
 */
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import assert from "node:assert/strict";
import fc from "fast-check";
import { Hono } from "hono";
import { requestAttributes, routeTemplate } from "../../src/features/tracing/http_attributes.ts";
import type { AppEnv } from "../../src/http/env.ts";
import type { Bot } from "../../src/core/bot.ts";
import { createRunner } from "../../src/runner.ts";
import { tracing } from "../../src/features/tracing/tracing.ts";
import { call } from "../../src/testing/call.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import { fakeNetwork } from "../support/fake_network.ts";
import { fakePeers } from "../support/fake_peers.ts";
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
    /** The span of this name; there is one. */
    span(name: string): ReadableSpan {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name);
      assert.equal(found.length, 1, `${found.length} spans of ${name}`);
      return found[0]!;
    },
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

  const session = sdk.span("session");
  assert.equal(session.attributes["pipecat.transport"], "twilio");
  assert.equal(session.attributes["pipecat.outcome"], "returned");
  assert.equal(session.status.code, SpanStatusCode.UNSET);
  assert.match(String(session.attributes["session.id"]), /^[\da-f-]{36}$/);
  assert.equal(sdk.span("think").parentSpanContext?.spanId, session.spanContext().spanId);
});

Deno.test("a call is one trace: its webhook, and its session, which is linked to its stream", async () => {
  await using sdk = registeredSdk();
  const runner = createRunner(think, { use: [tracing()] });

  await using caller = await call(runner, { carrier: "twilio", pace: "fast" });
  await caller.ended;
  await runner.close();

  const [webhook, stream] = ["POST /twilio", "GET /ws/:token"].map(sdk.span);
  const session = sdk.span("session");
  assert.equal(webhook?.kind, SpanKind.SERVER);
  assert.equal(session.spanContext().traceId, webhook.spanContext().traceId);
  assert.equal(session.parentSpanContext?.spanId, webhook.spanContext().spanId);
  assert.deepEqual(
    session.links.map(({ context: { spanId } }) => spanId),
    [stream?.spanContext().spanId],
  );
});

Deno.test("a bot that fails makes its session's span an error, with what it threw", async () => {
  await using sdk = registeredSdk();
  const runner = createRunner(think, { use: [tracing()] });

  await using caller = await call(runner, { carrier: "plivo", pace: "fast" });
  await caller.ended;
  await runner.close();

  const { status, attributes, events } = sdk.span("session");
  assert.deepEqual(status, { code: SpanStatusCode.ERROR, message: "broken" });
  assert.equal(attributes["pipecat.outcome"], "failed");
  assert.equal(attributes["error.type"], "Error");
  const [exception] = events;
  assert.equal(exception?.name, "exception");
  assert.equal(exception.attributes?.["exception.message"], "broken");
  assert.match(String(exception.attributes?.["exception.stacktrace"]), /tracing_test/);
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

  const [start, begun] = sdk.spans().filter(({ name }) => name === "POST /start");
  const [known, unknown] = sdk.spans().filter(({ name }) => name === "session");
  assert.equal(start?.spanContext().traceId, TRACE);
  assert.equal(start.parentSpanContext?.spanId, SPAN);
  assert.equal(known?.spanContext().traceId, TRACE);
  assert.equal(known.parentSpanContext?.spanId, start.spanContext().spanId);
  assert.ok(begun && !begun.parentSpanContext);
  assert.equal(unknown?.parentSpanContext?.spanId, begun?.spanContext().spanId);
});

Deno.test("requests are told as the conventions say, without tokens and values of a query", async () => {
  await using sdk = registeredSdk();
  const app = new Hono<AppEnv>()
    .get("/broken/:key", () => {
      throw new Error("no");
    });
  const environment = { TWILIO_AUTH_TOKEN: "a-secret-of-twilio" };
  const runner = createRunner(think, { use: [tracing()], app, environment });
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = { "user-agent": "curl/8" };
    const request = new Request(`https://bot.test:8443${path}`, { headers, ...init });
    await (await runner.fetch(request)).body?.cancel();
  };
  const secret = "5f0c4de0a7eb4c5e9d3f00aa5f0c4de0a7eb4c5e9d3f00aa";

  await ask("/twilio", { method: "POST", body: "CallSid=CA1" });
  await ask(`/twilio/${secret}`, { method: "POST", body: "CallSid=CA1" });
  await ask(`/ws?token=${secret}&body=c2VjcmV0`);
  await ask(`/broken/${secret}`);
  await ask("/readyz");
  await ask("/start", { method: "BREW" });
  await runner.close();

  const forged = sdk.span("POST /twilio");
  assert.deepEqual(forged.attributes, {
    "http.request.method": "POST",
    "http.route": "/twilio",
    "url.path": "/twilio",
    "url.scheme": "https",
    "server.address": "bot.test",
    "server.port": 8443,
    "http.response.status_code": 403,
    ...agentOf(forged),
  });
  assert.equal(forged.status.code, SpanStatusCode.UNSET, "a client's fault is no error");
  assert.equal(sdk.span("POST /twilio/:token").attributes["url.path"], "/twilio/REDACTED");
  assert.equal(
    sdk.span("GET /ws").attributes["url.query"],
    "token=REDACTED&body=REDACTED",
  );
  const broken = sdk.span("GET");
  assert.equal(broken.attributes["url.path"], "/broken/REDACTED");
  assert.equal(broken.attributes["error.type"], "Error");
  assert.deepEqual(broken.events.map(({ attributes }) => attributes?.["exception.message"]), [
    "no",
  ]);
  assert.equal(broken.status.code, SpanStatusCode.ERROR);
  assert.ok(sdk.span("_OTHER /start"));
  assert.equal(sdk.spans().length, 5, "nobody wants to hear of health checks");
  const told = JSON.stringify(sdk.spans().map(({ name, attributes }) => ({ name, attributes })));
  assert.ok(!told.includes(secret) && !told.includes("c2VjcmV0"));
});

Deno.test("what the runner cannot do is an error by its code, and what it refuses is none", async () => {
  await using sdk = registeredSdk();
  const failing = () => Promise.reject(new Error("gone"));
  const store = { put: failing, get: failing, take: failing, extend: failing };
  const runner = createRunner(think, { use: [tracing()], store });
  const start = (transport: string) =>
    runner.fetch(
      new Request("https://bot.test/start", {
        method: "POST",
        body: JSON.stringify({ transport }),
      }),
    );

  const answers = [await start("websocket"), await start("pigeon")];
  await Promise.all(answers.map(({ body }) => body?.cancel()));
  await runner.close();

  const [away, refused] = sdk.spans();
  assert.deepEqual(answers.map(({ status }) => status), [503, 400]);
  assert.equal(away?.attributes["error.type"], "store_unavailable");
  assert.equal(away.status.code, SpanStatusCode.ERROR);
  assert.equal(away.events[0]?.name, "exception");
  assert.equal(refused?.attributes["error.type"], undefined);
  assert.equal(refused?.status.code, SpanStatusCode.UNSET);
});

/** The program that asked; a request that is made with a body may have another. */
function agentOf({ attributes }: ReadableSpan): Record<string, unknown> {
  const agent = attributes["user_agent.original"];
  return agent === undefined ? {} : { "user_agent.original": agent };
}

Deno.test("no token in a path is told, wherever it stands", () => {
  const token = fc.stringMatching(/^[\w-]{24,64}$/);
  const place = fc.constantFrom("/ws/", "/ws-client/", "/twilio/", "/voice/sales/ws/", "/own/");
  const request = new Request("https://bot.test/");
  fc.assert(fc.property(token, place, (token, place) => {
    const url = new URL(`${place}${token}?t=${token}`, request.url);
    const told = JSON.stringify(requestAttributes(request, url, routeTemplate(url.pathname)));
    assert.ok(!told.includes(token), told);
  }));
});

Deno.test("where the host has a span of the request, that is named, and is the parent", async () => {
  await using sdk = registeredSdk();
  const runner = createRunner(think, { use: [tracing()] });
  const platform = memoryPlatform();
  const request = new Request("https://bot.test/start", {
    method: "POST",
    body: `{"transport":"websocket"}`,
  });

  const answer = await trace.getTracer("host").startActiveSpan("POST", async (span) => {
    const response = await runner.fetch(request, platform);
    span.end();
    return response;
  });
  const { wsUrl } = await answer.json();
  await (await platform.connect(runner, wsUrl)).closed;
  await platform.settled();
  await runner.close();

  const start = sdk.span("POST /start");
  assert.equal(start.instrumentationScope.name, "host");
  assert.equal(start.attributes["http.route"], "/start");
  assert.equal(sdk.span("session").parentSpanContext?.spanId, start.spanContext().spanId);
});

Deno.test("a request that another process answers is one trace with what that does", async () => {
  await using sdk = registeredSdk();
  const secret = "a secret that two runners share";
  const node = createRunner(think, { secret, webrtc: fakePeers(), use: [tracing()] });
  const answer = (request: Request) =>
    // in a process of its own
    context.with(ROOT_CONTEXT, () => node.fetch(request, memoryPlatform()));
  using _network = fakeNetwork({ "http://media.test": answer });
  const front = createRunner(() => {}, {
    secret,
    mediaNodes: ["http://media.test"],
    use: [tracing()],
  });

  const start = new Request("https://bot.test/start", { method: "POST", body: "{}" });
  const { sessionId } = await (await front.fetch(start)).json();
  const offer = new Request(`https://bot.test/sessions/${sessionId}/api/offer`, {
    method: "POST",
    body: JSON.stringify({ sdp: "v=0 offer", type: "offer" }),
  });
  await (await front.fetch(offer)).body?.cancel();
  await Promise.all([...node.sessions].map(({ done }) => done));
  await Promise.all([front.close(), node.close()]);

  const starts = sdk.spans().filter(({ name }) => name === "POST /start");
  const [there, here] = starts; // what is asked ends first
  assert.equal(starts.length, 2);
  assert.equal(there?.parentSpanContext?.spanId, here?.spanContext().spanId);
  assert.equal(sdk.span("session").parentSpanContext?.spanId, there?.spanContext().spanId);
  assert.equal(sdk.span("session").spanContext().traceId, here?.spanContext().traceId);
});

Deno.test("where nothing is registered a session runs all the same", async () => {
  const feature = tracing();
  const runner = createRunner(think, { use: [feature] });

  await using caller = await call(runner, { carrier: "twilio", pace: "fast" });

  assert.equal(feature.request, undefined, "requests pass untouched");
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

/** A line of the log, as OTLP writes it in JSON. */
interface OtlpLog {
  readonly severityText: string;
  readonly body: { readonly stringValue: string };
}

/** A collector that takes OTLP over HTTP, in JSON. */
function collector() {
  const spans: OtlpSpan[] = [];
  const logs: OtlpLog[] = [];
  let arrival = Promise.withResolvers<void>();
  const server = Deno.serve({ port: 0, onListen() {} }, async (request) => {
    assert.equal(request.method, "POST");
    assert.equal(request.headers.get("content-type"), "application/json");
    const { resourceSpans = [], resourceLogs = [] } = await request.json();
    for (const { scopeLogs } of resourceLogs) {
      for (const scope of scopeLogs) logs.push(...scope.logRecords);
    }
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
    /** The severity of the first line that says this. */
    async severity(words: string): Promise<string> {
      for (;;) {
        const found = logs.find(({ body }) => body.stringValue.includes(words));
        if (found) return found.severityText;
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
      export function bot({ transport }): void {
        trace.getTracer("bot").startSpan("think").end();
        if (transport === "plivo") throw new Error("broken");
      }`,
  });
  await using runner = await start(["bot.ts", "--port", "0"], {
    cwd: folder.path,
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "50",
      OTEL_BLRP_SCHEDULE_DELAY: "50",
    },
  });

  await using caller = await call(runner.url, { carrier: "twilio", pace: "fast" });
  await caller.ended;
  const [session, child] = await Promise.all([otlp.span("session"), otlp.span("think")]);
  const webhook = await otlp.span("POST /twilio");
  await using failing = await call(runner.url, { carrier: "plivo", pace: "fast" });
  await failing.ended;

  const attribute = (name: string) =>
    session.attributes?.find(({ key }) => key === name)?.value.stringValue;
  assert.equal(attribute("pipecat.transport"), "twilio");
  assert.equal(attribute("pipecat.outcome"), "returned");
  assert.match(attribute("session.id") ?? "", /^[\da-f-]{36}$/);
  assert.equal(child.parentSpanId, session.spanId);
  assert.equal(child.traceId, session.traceId);
  assert.equal(session.parentSpanId, webhook.spanId);
  assert.equal(webhook.attributes?.filter(({ key }) => key === "url.path").length, 1);
  assert.equal(await otlp.severity(" began on twilio"), "INFO");
  assert.equal(await otlp.severity("broken"), "ERROR");
});

Deno.test("with an SDK in the place of OTEL_DENO no span has a token, whatever was imported before", async () => {
  await using folder = await folderWith({
    "bot.ts": "export function bot() {}",
    // As .github/docs/observability.md says it, with an exporter that prints.
    "tracing.js": `
      import { context, trace } from "npm:@opentelemetry/api@^1.9.1";
      import { AsyncLocalStorageContextManager } from "npm:@opentelemetry/context-async-hooks@^2.7.1";
      import { BasicTracerProvider } from "npm:@opentelemetry/sdk-trace-base@^2.7.1";
      const printer = {
        onStart() {},
        onEnd: ({ name, attributes }) => console.log("SPAN " + name, JSON.stringify(attributes)),
        forceFlush: async () => {},
        shutdown: async () => {},
      };
      trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [printer] }));
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());`,
  });
  await using runner = await start(["bot.ts", "--port", "0"], {
    cwd: folder.path,
    permissions: ["-A", `--preload=${folder.path}/tracing.js`],
  });

  for (const path of ["/start", "/ws/hush", "/twilio", "/twilio/hush", "/ws-client/hush"]) {
    const body = path === "/start" ? '{"transport":"websocket"}' : "CallSid=CA1";
    const response = await fetch(`${runner.url}${path}?token=hush`, { method: "POST", body });
    await response.body?.cancel();
  }
  runner.kill("SIGINT");
  const { stdout } = await runner.ended;

  const spans = stdout.split("\n").filter((line) => line.startsWith("SPAN "));
  assert.deepEqual(spans.map((line) => line.slice("SPAN ".length).split(" {")[0]), [
    "POST /start",
    "POST /ws/:token",
    "POST /twilio",
    "POST /twilio/:token",
    "POST /ws-client/:token",
  ]);
  assert.doesNotMatch(spans.join("\n"), /hush/);
});

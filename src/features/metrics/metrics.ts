/**
 * Metrics for Prometheus, at `/metrics`.
 *
 * @module
 */
import { Counter, Gauge, Histogram, Registry } from "./prometheus.ts";
import { addCalls, type WatchedCall } from "./calls.ts";
import { addFaults } from "./faults.ts";
import { addLoad } from "./load.ts";
import { addProcess, type ProcessUsage } from "./process_usage.ts";
import { sameSecret } from "../../core/hash.ts";
import { CARRIER_NAMES, TRANSPORT_NAMES } from "../../core/transport_names.ts";
import { RunnerError } from "../../core/error.ts";
import { loopLag } from "../../sessions/loop_lag.ts";
import type { Monitor } from "../../core/monitor.ts";
import { createRoutes } from "../../http/hono.ts";
import { answerStatus } from "../../core/upgrade.ts";
import type { Feature } from "../feature.ts";

/** The shortest token that cannot be guessed, in characters. */
const SHORTEST_TOKEN = 16;
/** The most reasons to tell apart; codes are few, but a bot's own routes may throw any. */
const MOST_REASONS = 50;
/** In seconds. */
const QUICK = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LONG = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];
/** The first parts of the paths to tell apart. */
const ROUTES: readonly string[] = [
  ...["start", "api", "sessions", "ws", "ws-client", "client", "files", "status", "metrics"],
  ...["livez", "readyz", "daily", "daily-dialin-webhook", "whatsapp", ...CARRIER_NAMES],
];
const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PATCH", "OPTIONS"];

/** Shows the metrics of several processes as one. */
export interface MergeMetrics {
  /** Registers the metrics of this process, once. */
  join(own: Registry): void;
  /** The metrics of all, in Prometheus' text format. */
  text(): Promise<string>;
}

/**
 * The metrics of one runner, for requests with the token: `Authorization: Bearer …`. The event loop
 * is measured from now until the feature is closed.
 *
 * @param usage Measures the process, if the host can.
 * @param merge Shows them together with those of other processes.
 * @throws {RunnerError} `bad_option` if the token has fewer than 16 characters.
 */
export function metrics(token: string, usage?: ProcessUsage, merge?: MergeMetrics): Feature {
  if (token.length < SHORTEST_TOKEN) {
    throw new RunnerError(
      "bad_option",
      `The metrics token (metricsToken) needs ${SHORTEST_TOKEN} characters or more.`,
    );
  }
  const registry = new Registry();
  merge?.join(registry);
  addFaults(registry);
  if (usage) addProcess(registry, usage);
  const lag = new Histogram({
    name: "pipecat_runner_event_loop_lag_seconds",
    help: "How late the timers of the process fire, sampled 20 times a second.",
    buckets: QUICK,
    registers: [registry],
  });
  const measurement = loopLag(undefined, (lateMs) => lag.observe(lateMs / 1000));
  measurement.start();
  /** Running sessions, by id. */
  const calls = new Map<string, WatchedCall>();
  let served = false;
  return {
    name: "metrics",
    ...createMonitor(registry, calls),
    tap(transport, { sessionId }) {
      calls.get(sessionId)?.opened(transport);
      return transport;
    },
    serve({ sessions }) {
      if (!served) addLoad(registry, () => sessions.load);
      served = true; // shared by all bots of the runner, with the same sessions
      return {};
    },
    routes: createRoutes().get("/metrics", async (c) => {
      const given = /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
      if (!sameSecret(given, token)) {
        c.header("www-authenticate", "Bearer");
        throw new RunnerError(
          "bad_metrics_token",
          "Send the metrics token: Authorization: Bearer <token>.",
        );
      }
      const text = await (merge ?? { text: () => registry.metrics() }).text();
      return c.body(text, 200, { "content-type": registry.contentType });
    }),
    close: () => measurement.stop(),
  };
}

function createMonitor(registry: Registry, calls: Map<string, WatchedCall>): Monitor {
  const watch = addCalls(registry);
  const registers = [registry];
  const running = new Gauge({
    name: "pipecat_runner_sessions",
    help: "Sessions running now.",
    labelNames: ["transport"],
    registers,
  });
  for (const transport of TRANSPORT_NAMES) running.set({ transport }, 0); // an empty sum is not a number
  const started = new Counter({
    name: "pipecat_runner_sessions_started_total",
    help: "Sessions that have begun.",
    labelNames: ["transport"],
    registers,
  });
  const ended = new Counter({
    name: "pipecat_runner_sessions_ended_total",
    help: "Sessions that have ended, by outcome.",
    labelNames: ["transport", "outcome"],
    registers,
  });
  const duration = new Histogram({
    name: "pipecat_runner_session_duration_seconds",
    help: "How long sessions took.",
    labelNames: ["transport"],
    buckets: LONG,
    registers,
  });
  const start = new Histogram({
    name: "pipecat_runner_session_start_seconds",
    help: "Time from a session's first request until its bot is called.",
    labelNames: ["transport"],
    buckets: QUICK,
    registers,
  });
  const requests = new Histogram({
    name: "pipecat_runner_http_request_duration_seconds",
    help: "Time to answer HTTP requests; for /api/offer, from offer to answer.",
    labelNames: ["method", "route", "status"],
    buckets: QUICK,
    registers,
  });
  const refused = new Counter({
    name: "pipecat_runner_refused_total",
    help: "Sessions that were refused, by the code of the error.",
    labelNames: ["reason"],
    registers,
  });
  const reasons = new Set<string>();
  return {
    async session({ id, transport, startMs }, run) {
      const call = watch({ transport, ...(startMs === undefined ? {} : { startMs }) });
      calls.set(id, call);
      const began = performance.now();
      running.inc({ transport });
      started.inc({ transport });
      if (startMs !== undefined) start.observe({ transport }, startMs / 1000);
      const { outcome, ...rest } = await run();
      running.dec({ transport });
      call.end();
      if (calls.get(id) === call) calls.delete(id);
      ended.inc({ transport, outcome });
      duration.observe({ transport }, (performance.now() - began) / 1000);
      return { outcome, ...rest };
    },
    async request(request, answer) {
      const began = performance.now();
      const method = METHODS.includes(request.method) ? request.method : "other";
      const route = routeOf(new URL(request.url).pathname);
      const response = await answer();
      const seconds = (performance.now() - began) / 1000;
      requests.observe({ method, route, status: answerStatus(request, response) }, seconds);
      return response;
    },
    refused(code) {
      const reason = reasons.has(code) || reasons.size < MOST_REASONS ? code : "other";
      reasons.add(reason);
      refused.inc({ reason });
    },
  };
}

/** The route of a path, without the parts that name one bot, session, token or file. */
function routeOf(path: string): string {
  if (path === "/" || path.endsWith("/api/offer")) return path === "/" ? path : "/api/offer";
  // A base path and the name of a bot may come before it.
  const first = path.split("/").find((part) => ROUTES.includes(part));
  return first === undefined ? "other" : `/${first}`;
}

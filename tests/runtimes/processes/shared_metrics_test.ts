import assert from "node:assert/strict";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { createSharedMetrics, ownMetrics } from "../../../src/runtimes/processes/shared_metrics.ts";

/** The metrics of a process. */
function processOf(calls: number, startedAt: number, max: number): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: "calls_total", help: "h", labelNames: ["way"], registers })
    .inc({ way: "twilio" }, calls);
  new Gauge({ name: "sessions", help: "h", registers }).set(calls);
  new Gauge({ name: "sessions_max", help: "h", registers }).set(max);
  new Gauge({ name: "started", help: "h", registers, aggregator: "min" }).set(startedAt);
  const histogram = new Histogram({ name: "took", help: "h", buckets: [1, 2], registers });
  for (let call = 0; call < calls; call++) histogram.observe(1.5);
  return registry;
}

/** What travels as JSON. */
const travelled = async (registry: Registry) =>
  JSON.parse(JSON.stringify(await ownMetrics(registry)));

/** The samples of a text, by name and labels. */
function samples(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => line.split(/ (?=\S+$)/, 2)));
}

Deno.test("counts and gauges of all processes are summed, but where a gauge says otherwise", async () => {
  const metrics = createSharedMetrics();
  metrics.tell(0, await travelled(processOf(2, 100, Infinity)));
  metrics.tell(1, await travelled(processOf(3, 90, Infinity)));
  metrics.tell(1, await travelled(processOf(4, 90, Infinity)));

  assert.deepEqual(samples(await metrics.text()), {
    'calls_total{way="twilio"}': "6",
    sessions: "6",
    sessions_max: "+Inf",
    started: "90",
    'took_bucket{le="1"}': "0",
    'took_bucket{le="2"}': "6",
    'took_bucket{le="+Inf"}': "6",
    took_sum: "9",
    took_count: "6",
  });
});

Deno.test("no count falls when a process ends and another takes its place; its gauges go", async () => {
  const metrics = createSharedMetrics();
  for (let life = 0; life < 3; life++) {
    metrics.tell(0, await travelled(processOf(5, 100, 10)));
    metrics.ended(0);
  }
  metrics.ended(0);
  metrics.tell(0, await travelled(processOf(1, 120, 10)));

  const { sessions, started, took_count, 'calls_total{way="twilio"}': calls } = samples(
    await metrics.text(),
  );

  assert.deepEqual([calls, took_count, sessions, started], ["16", "16", "1", "120"]);
});

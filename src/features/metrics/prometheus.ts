/**
 * Prometheus' metrics library, under one address: Deno resolves a package again for each module
 * behind an `import()` that names it (`core/zod.ts`).
 *
 * @module
 */
export {
  AggregatorRegistry,
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";

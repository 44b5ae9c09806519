/**
 * The metrics of several processes as one: summed, unless a gauge says otherwise, by the library
 * that made them.
 *
 * @module
 */
import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from "../../features/metrics/prometheus.ts";

/** A metric of a process, as it is sent. */
export type MetricRecord = MetricObjectWithValues<MetricValue<string>>;

/** The metrics of several processes. */
export interface SharedMetrics {
  /** Accepts what a process reports, replacing its last report. */
  tell(index: number, records: readonly MetricRecord[]): void;
  /**
   * A process has ended. What it counted stays in the sums, or they would seem to fall and start
   * again; its gauges go.
   */
  ended(index: number): void;
  /** All metrics, in Prometheus' text format. */
  text(): Promise<string>;
}

/** Makes them, without any process. */
export function createSharedMetrics(): SharedMetrics {
  const told = new Map<number, MetricRecord[]>();
  let past: MetricRecord[] = [];
  const sum = (parts: readonly MetricRecord[][]) => AggregatorRegistry.aggregate([...parts]);
  let adding = Promise.resolve();
  return {
    tell(index, records) {
      told.set(index, records.map(withInfinity));
    },
    ended(index) {
      const counted = told.get(index)?.filter(({ type }) => `${type}` !== "gauge") ?? [];
      told.delete(index);
      adding = adding.then(async () => {
        past = await sum([past, counted]).getMetricsAsJSON();
      });
    },
    async text() {
      await adding;
      return await sum([...told.values(), past]).metrics();
    },
  };
}

/** The metrics of this process, as they are sent. */
export async function ownMetrics(registry: Registry): Promise<MetricRecord[]> {
  return await registry.getMetricsAsJSON();
}

/** JSON has no Infinity, which an unlimited number is. */
function withInfinity(record: MetricRecord): MetricRecord {
  const values = record.values.map((each) =>
    each.value === null ? { ...each, value: Infinity } : each
  );
  return { ...record, values };
}

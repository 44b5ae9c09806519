/**
 * The metrics of several processes as those of one: summed, but where a gauge says how else, by the
 * library that has made them.
 *
 * @module
 */
import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from "../../features/metrics/prometheus.ts";

/** A metric of a process, as it travels. */
export type MetricRecord = MetricObjectWithValues<MetricValue<string>>;

/** The metrics of several processes. */
export interface SharedMetrics {
  /** Takes what a process tells of itself, in place of what it told before. */
  tell(index: number, records: readonly MetricRecord[]): void;
  /**
   * A process has ended. What it counted stays in the sums, or they would seem to fall and then to begin
   * again; its gauges go.
   */
  ended(index: number): void;
  /** All of it, in Prometheus' text format. */
  text(): Promise<string>;
}

/** Makes them, of no process. */
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

/** The metrics of this process, as they travel. */
export async function ownMetrics(registry: Registry): Promise<MetricRecord[]> {
  return await registry.getMetricsAsJSON();
}

/** JSON has no Infinity, which is what an unlimited number is. */
function withInfinity(record: MetricRecord): MetricRecord {
  const values = record.values.map((each) =>
    each.value === null ? { ...each, value: Infinity } : each
  );
  return { ...record, values };
}

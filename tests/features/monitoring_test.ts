/**
 * The dashboard and the alerts of the examples: each of their queries asks for what is told.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../cli/child.ts";
import { fullMetrics, labelsByMetric } from "./full_metrics.ts";

const FOLDER = join(ROOT, "examples/monitoring");
/** What Prometheus adds. */
const ADDED = ["instance", "job"];
const WORDS = ["by", "on", "and", "or", "unless", "without", "ignoring", "bool", "offset"];

/** The queries of the dashboard, by panel. */
async function dashboardQueries(): Promise<[string, string][]> {
  const { panels } = JSON.parse(await Deno.readTextFile(join(FOLDER, "dashboard.json")));
  return panels.flatMap(({ title, targets = [] }: Panel) =>
    targets.map(({ expr }) => [title, expr])
  );
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly w: number };
  readonly targets?: readonly { readonly expr: string }[];
}

/** The queries of the alerts, by name. */
async function alertQueries(): Promise<[string, string][]> {
  const { groups } = parse(await Deno.readTextFile(join(FOLDER, "alerts.yml")));
  return groups.flatMap(({ rules }: { readonly rules: readonly Record<string, string>[] }) =>
    rules.map(({ alert, expr }) => [alert, expr])
  );
}

/** What a query asks for that nobody tells: metrics and labels. */
function unknownIn(query: string, known: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const metrics = [...query.matchAll(/\b((?:pipecat|process)_\w+|up)\b(?:\{([^}]*)\})?/g)];
  const grouped = [...query.matchAll(/\b(?:by|on|without|ignoring) \(([^)]*)\)/g)]
    .flatMap(([, names = ""]) => names.split(",").map((name) => name.trim()));
  const faults = metrics.flatMap(([, name = "", selector = ""]) => {
    const labels = known.get(name);
    if (!labels) return [name];
    const asked = [...selector.matchAll(/(\w+) ?=~?"/g)].map(([, label = ""]) => label);
    return asked.filter((label) => !labels.has(label) && !ADDED.includes(label));
  });
  const all = new Set(metrics.flatMap(([, name = ""]) => [...known.get(name) ?? []]));
  const plain = query.replace(/"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\$\w+/g, " ")
    .replace(/\b(?:by|on|without|ignoring) \([^)]*\)/g, " ");
  const others = [...plain.matchAll(/\b[a-z_]\w*\b(?!\s*\()/g)].map(([word]) => word)
    .filter((word) => !known.has(word) && !WORDS.includes(word));
  const labels = grouped.filter((label) => !all.has(label) && !ADDED.includes(label));
  return [...faults, ...labels, ...others];
}

Deno.test("every query of the dashboard and the alerts asks for a metric that there is", async () => {
  const known = labelsByMetric(await fullMetrics());
  const queries = [...await dashboardQueries(), ...await alertQueries()];

  const faults = queries.flatMap(([name, query]) =>
    unknownIn(query, known).map((unknown) => `${name}: ${unknown}`)
  );

  assert.ok(queries.length > 40, `${queries.length} queries`);
  assert.deepEqual(faults, []);
});

Deno.test("a metric, a label or a word that nobody tells is found", () => {
  const known = new Map([["pipecat_runner_ready", new Set(["transport"])]]);

  assert.deepEqual(unknownIn("pipecat_runner_red", known), [
    "pipecat_runner_red",
    "pipecat_runner_red",
  ]);
  assert.deepEqual(unknownIn('pipecat_runner_ready{city="x"}', known), ["city"]);
  assert.deepEqual(unknownIn("sum by (city) (pipecat_runner_ready)", known), ["city"]);
  assert.deepEqual(unknownIn("rate(sessions[5m])", known), ["sessions"]);
  assert.deepEqual(unknownIn('sum by (transport) (pipecat_runner_ready{job="x"})', known), []);
});

Deno.test("all that is told is shown, and no panel lies on another", async () => {
  const text = await fullMetrics();
  const { panels } = JSON.parse(await Deno.readTextFile(join(FOLDER, "dashboard.json")));
  const shown = (await dashboardQueries()).map(([, query]) => query).join();

  const told = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = ""]) => name);
  const ids = panels.map(({ id }: Panel) => id);
  assert.deepEqual(told.filter((name) => !shown.includes(name)), []);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(panels.every(({ gridPos: { x, w } }: Panel) => x + w <= 24));
});

/**
 * What Prometheus itself says of the metrics, the alerts and the queries of the dashboard.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../cli/child.ts";
import { fullMetrics } from "../features/full_metrics.ts";
import { unpacked } from "./debian.ts";

const FOLDER = join(ROOT, "examples/monitoring");

/** Runs promtool in the folder of the examples; it throws what promtool complains of. */
async function promtool(args: readonly string[], input = ""): Promise<string> {
  const command = new Deno.Command(await unpacked("prometheus", "usr/bin/promtool"), {
    args: [...args],
    cwd: FOLDER,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const writing = new Blob([input]).stream().pipeTo(child.stdin);
  const { success, stdout, stderr } = await child.output();
  await writing;
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) throw new Error(said);
  return said;
}

Deno.test("promtool has nothing to say against the metrics, and something against others", async () => {
  assert.equal(await promtool(["check", "metrics"], await fullMetrics()), "");
  const wrong = "# HELP calls Calls\n# TYPE calls counter\ncalls 1\n";
  await assert.rejects(promtool(["check", "metrics"], wrong), /_total/);
});

Deno.test("each alert fires when it should, and not before", async () => {
  const rules = await promtool(["check", "rules", "alerts.yml"]);
  const tests = await promtool(["test", "rules", "alerts.test.yml"]);
  const text = await Deno.readTextFile(join(FOLDER, "alerts.yml"));
  const tested = await Deno.readTextFile(join(FOLDER, "alerts.test.yml"));

  assert.match(rules, /SUCCESS: \d+ rules found/);
  assert.match(tests, /SUCCESS/);
  for (const [, alert = ""] of text.matchAll(/alert: (\w+)/g)) {
    const fires = new RegExp(`alertname: ${alert}\\s+exp_alerts:`);
    assert.match(tested, fires, `${alert} is never seen to fire`);
  }
});

Deno.test("Prometheus can parse each query of the dashboard", async () => {
  const { panels } = JSON.parse(await Deno.readTextFile(join(FOLDER, "dashboard.json")));
  const queries: string[] = panels.flatMap(
    ({ targets = [] }: { readonly targets?: readonly { readonly expr: string }[] }) =>
      targets.map(({ expr }) => expr.replaceAll("$__rate_interval", "1m")),
  );
  const rules = queries.map((expr, i) => ({ record: `dashboard:${i}`, expr }));
  const path = await Deno.makeTempFile({ suffix: ".yml" });
  await Deno.writeTextFile(path, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));

  const said = await promtool(["check", "rules", path]);
  await Deno.remove(path);

  assert.match(said, new RegExp(`SUCCESS: ${queries.length} rules found`));
});

Deno.test("the example of a configuration is one", async () => {
  const folder = await Deno.makeTempDir();
  for (const name of ["prometheus.yml", "alerts.yml"]) {
    await Deno.copyFile(join(FOLDER, name), join(folder, name));
  }
  await Deno.writeTextFile(join(folder, "metrics-token"), "a-token-of-a-good-length");

  const said = await promtool(["check", "config", join(folder, "prometheus.yml")]);
  await Deno.remove(folder, { recursive: true });

  assert.match(said, /SUCCESS/);
});

/**
 * What a bot file imports must load on every runtime.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../cli/child.ts";

/** As much of `deno info --json` as is read here. */
interface Graph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly isDynamic?: boolean;
      readonly code?: { readonly specifier: string };
    }[];
  }[];
}

async function graphOf(file: string): Promise<Graph> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", join(ROOT, file)],
    stderr: "null",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The modules that are loaded at once with this one; those behind `import()` are not. */
async function loadedWith(file: string): Promise<string[]> {
  return reachedIn(await graphOf(file), { later: false });
}

/** The modules that are reached, with those behind `import()` or without. */
function reachedIn(graph: Graph, { later }: { readonly later: boolean }): string[] {
  const modules = new Map(graph.modules.map((module) => [module.specifier, module]));
  const reached = new Set(graph.roots);
  for (const specifier of reached) { // a set that grows while it is walked
    for (const { isDynamic, code } of modules.get(specifier)?.dependencies ?? []) {
      if (code && (later || !isDynamic)) reached.add(code.specifier);
    }
  }
  return [...reached];
}

Deno.test("mod.ts loads nothing that belongs to one runtime", async () => {
  const reached = await loadedWith("mod.ts");

  assert.ok(reached.some((specifier) => specifier.endsWith("/src/runner.ts")));
  const foreign = /^node:|werift|\/src\/(webrtc|runtimes|cli|demo|client)\//;
  assert.deepEqual(reached.filter((specifier) => foreign.test(specifier)), []);
});

Deno.test("the Deno host listens before it loads WebRTC, the page, metrics, what serves a way in, or zod", async () => {
  const reached = await loadedWith("src/runtimes/deno.ts");

  const late =
    /werift|npm:\/?(zod|prom-client|@opentelemetry)|\/src\/(cli|demo|client|rtvi|serializers|audio)\/|\/ways\/.*\/(handlers|offers|switchboard|transport|carriers\/)/;
  assert.deepEqual(reached.filter((specifier) => late.test(specifier)), []);
});

/** What the command line loads before it listens: each module takes some 0.1 ms of a launch. */
const MOST_MODULES = 115;

Deno.test("the command line loads few modules before it listens", async () => {
  const parts = ["main", "join_bots", "serve_bots"].map((name) => `src/cli/${name}.ts`);
  const reached = [...new Set((await Promise.all(parts.map(loadedWith))).flat())];

  assert.ok(reached.length <= MOST_MODULES, `${reached.length} modules: ${reached.join("\n")}`);
  assert.ok(!reached.includes("node:process")); // 5 ms
});

/** What Deno reads at a launch, to know what an `import()` may ask for: some 0.05 ms each. */
const MOST_READ = 570;

Deno.test("Deno reads few modules before it runs one", async () => {
  const read = reachedIn(await graphOf("mod.ts"), { later: true });

  assert.ok(read.length <= MOST_READ, `${read.length} modules`);
});

Deno.test("a package is named by one module, for Deno resolves it again for each behind an import()", async () => {
  const { modules } = await graphOf("mod.ts");
  const atOnce = new Set(await loadedWith("mod.ts"));

  const named = modules.filter(({ specifier }) => !atOnce.has(specifier)).flatMap((module) =>
    (module.dependencies ?? []).flatMap(({ code }) =>
      code?.specifier.startsWith("npm:") ? [{ module: module.specifier, is: code.specifier }] : []
    )
  );
  const again = Map.groupBy(named, ({ is }) => is).values().filter(({ length }) => length > 1);
  assert.deepEqual([...again], []);
});

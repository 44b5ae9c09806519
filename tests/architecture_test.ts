/**
 * The dependency rules of `.github/ARCHITECTURE.md`, checked on the source text itself.
 */
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * What each folder of src may import: folders of src, then bare specifiers. A folder of a way is named
 * with its parent, and may import what all ways may.
 */
const RULES: Record<string, { readonly local: string[]; readonly packages: string[] }> = {
  core: { local: [], packages: ["zod"] },
  audio: { local: ["core"], packages: [] },
  video: { local: ["core"], packages: [] },
  rtvi: { local: ["core"], packages: [] },
  serializers: { local: ["core", "audio", "rtvi"], packages: [] },
  recording: { local: ["core", "audio"], packages: [] },
  turns: { local: ["core", "audio"], packages: [] },
  ice: { local: ["core"], packages: [] },
  sessions: { local: ["core"], packages: [] },
  redis: { local: ["core", "sessions", "nodes"], packages: [] },
  transports: { local: ["core", "audio", "rtvi", "sessions"], packages: [] },
  models: { local: ["core", "audio", "transports"], packages: [] },
  http: { local: ["core", "sessions", "nodes"], packages: ["hono"] },
  nodes: { local: ["core", "sessions", "http"], packages: ["hono"] },
  ways: {
    local: [
      "",
      "core",
      "audio",
      "video",
      "rtvi",
      "serializers",
      "transports",
      "sessions",
      "http",
      "nodes",
    ],
    packages: ["hono"],
  },
  features: {
    local: ["", "core", "audio", "recording", "transports", "sessions", "http"],
    packages: ["hono", "prom-client", "@opentelemetry/api"],
  },
};
/** The way in that ends media here, and so may have what no Worker can have. */
const WERIFT = "ways/webrtc";
/** What all ways may import of the folder of ways. */
const PORT_OF_WAYS = "ways/way.ts";
const LEAVES = ["runtimes", "cli", "testing", "demo"];
const HOST_API = /\b(Deno|Bun|process|Buffer|__dirname)\s*\./;

/** A module of src and what it imports. */
interface Module {
  /** Relative to src, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

function violations(modules: readonly Module[]): string[] {
  const found: string[] = [];
  for (const { path, text } of modules) {
    const folder = folderOf(path);
    const code = text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, "");
    const [top = ""] = folder.split("/");
    const rule = RULES[top];
    for (const specifier of imports(code)) {
      const complain = (why: string) => found.push(`${path} imports ${specifier}: ${why}`);
      if (specifier.startsWith(".")) {
        const target = join(dirname(path), specifier).replaceAll("\\", "/");
        const to = folderOf(target);
        const [topOfTarget = ""] = to.split("/");
        if (target.startsWith("..")) continue; // deno.json and mod.ts: checked below
        if (LEAVES.includes(topOfTarget) && topOfTarget !== top && !LEAVES.includes(top)) {
          complain("nothing imports a leaf");
        }
        if (rule && topOfTarget !== top && !rule.local.includes(topOfTarget)) {
          complain(`not from ${top}`);
        }
        const otherWay = top === "ways" && topOfTarget === "ways" && to !== folder;
        if (otherWay && target !== PORT_OF_WAYS) {
          complain("ways never import each other");
        }
      } else {
        const name = specifier.startsWith("node:")
          ? "node:*"
          : specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
        const own = folder.startsWith(WERIFT) &&
          ["werift", "reflect-metadata", "node:*"].includes(name);
        if (rule && !own && !rule.packages.includes(name)) complain(`not a package for ${folder}`);
        if (specifier === "werift" && !own) complain(`only ${WERIFT} names werift`);
        if (specifier.startsWith("jsr:")) complain("import from npm");
        // A Worker holds all that is reached, and zod's methods cannot be left out one by one.
        if (specifier === "zod") complain("zod/mini does the same, 16 kB smaller in a Worker");
      }
    }
    const portable = folder === "" || rule !== undefined;
    if (portable && !folder.startsWith(WERIFT) && HOST_API.test(code)) {
      found.push(`${path} uses ${HOST_API.exec(code)?.[1]}, which not every host has`);
    }
    if (portable && /\bnew Hono\b/.test(code)) {
      found.push(`${path} makes a Hono: createRoutes() does, 2 kB smaller in a Worker`);
    }
    if (/^(export )?let /m.test(code)) found.push(`${path} has a top-level let`);
    // A bundle for Node holds every module, those that only Deno runs as well.
    if (/^\s*(await )?using \w/m.test(code)) {
      found.push(`${path} declares with using, which Node 22 cannot parse`);
    }
  }
  return found;
}

/** The folder that a module belongs to; of ways, that of the one way. */
function folderOf(path: string): string {
  const parts = path.split("/").slice(0, -1);
  return parts.slice(0, parts[0] === "ways" ? 2 : 1).join("/");
}

function imports(code: string): string[] {
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;
  return [...code.matchAll(pattern)].map((match) => match[1] as string);
}

/** Modules that import each other, types included: each is given with its way back to itself. */
function circles(modules: readonly Module[]): string[] {
  const graph = new Map(modules.map(({ path, text }) => {
    const code = text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, "");
    const local = imports(code).filter((specifier) => specifier.startsWith("."));
    return [path, local.map((to) => join(dirname(path), to).replaceAll("\\", "/"))];
  }));
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const begin = way.indexOf(path);
    if (begin >= 0) found.push([...way.slice(begin), path].join(" → "));
    if (begin >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

async function modulesOf(folder: string): Promise<Module[]> {
  const modules: Module[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) modules.push(...await modulesOf(path));
    else if (path.endsWith(".ts")) {
      const name = relative(join(root, "src"), path).replaceAll("\\", "/");
      modules.push({ path: name, text: await Deno.readTextFile(path) });
    }
  }
  return modules;
}

Deno.test("every module keeps the dependency rules", async () => {
  assert.deepEqual(violations(await modulesOf(join(root, "src"))), []);
});

Deno.test("no modules import each other in a circle, types included", async () => {
  assert.deepEqual(circles(await modulesOf(join(root, "src"))), []);
});

Deno.test("a planted circle is found, however long, and a diamond is none", () => {
  const module = (path: string, ...to: string[]): Module => ({
    path,
    text: to.map((name) => `import type { X } from "${name}";`).join("\n"),
  });
  const diamond = [
    module("core/a.ts", "./b.ts", "./c.ts"),
    module("core/b.ts", "../d.ts"),
    module("core/c.ts", "../d.ts"),
  ];
  assert.deepEqual(circles([...diamond, module("d.ts")]), []);
  assert.deepEqual(circles([...diamond, module("d.ts", "./core/a.ts")]), [
    "core/a.ts → core/b.ts → d.ts → core/a.ts",
  ]);
});

Deno.test("a planted violation is found", () => {
  const planted: [string, string][] = [
    ["core/a.ts", `import { x } from "../audio/x.ts";`],
    ["core/b.ts", `import fs from "node:fs";`],
    ["core/bot.ts", `import { CARRIERS } from "../ways/phone/carriers/mod.ts";`],
    ["audio/c.ts", `export const home = Deno.env.get("HOME");`],
    ["sessions/d.ts", `import { x } from "../http/x.ts";`],
    ["transports/e.ts", `const { x } = await import("werift");`],
    ["runner.ts", `import { serve } from "./runtimes/deno.ts";`],
    ["ways/phone/f.ts", `let calls = 0;`],
    ["ways/phone/g.ts", `import { x } from "werift";`],
    ["ways/daily/h.ts", `import { phone } from "../phone/way.ts";`],
    ["ways/webrtc/guard/i.ts", `import { x } from "../../phone/line.ts";`],
    ["ways/way.ts", `import { phone } from "./phone/way.ts";`],
    ["features/j.ts", `import { phone } from "../ways/phone/way.ts";`],
    ["http/k.ts", `import type { Feature } from "../features/feature.ts";`],
    ["recording/l.ts", `import { createRoutes } from "../http/hono.ts";`],
    ["rtvi/m.ts", `import { z } from "jsr:@zod/zod";`],
    ["rtvi/n.ts", `import * as z from "zod";`],
    ["http/o.ts", `const app = new Hono<AppEnv>();`],
    ["cli/p.ts", `async function run() {\n  await using server = await serve();\n}`],
  ];
  for (const [path, text] of planted) {
    assert.notDeepEqual(violations([{ path, text }]), [], `${path} was let through`);
  }
});

Deno.test("the portable core reaches no host API and no werift", async () => {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", join(root, "src", "runner.ts")],
    stdout: "piped",
    stderr: "null",
  });
  const { stdout } = await command.output();
  const graph: { modules: { specifier: string }[] } = JSON.parse(new TextDecoder().decode(stdout));
  const reached = graph.modules.map(({ specifier }) => specifier);
  assert.ok(reached.some((specifier) => specifier.endsWith("/src/sessions/session_set.ts")));
  const hostile = /^node:|werift|\/src\/(runtimes|cli|demo|client)\//;
  assert.deepEqual(reached.filter((specifier) => hostile.test(specifier)), []);
});

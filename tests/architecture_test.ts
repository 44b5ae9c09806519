/**
 * The dependency rules of `.github/ARCHITECTURE.md`, checked on the source text itself.
 */
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** What each folder of src may import: folders of src, then bare specifiers. */
const RULES: Record<string, { readonly local: string[]; readonly packages: string[] }> = {
  core: { local: [], packages: ["zod"] },
  audio: { local: ["core"], packages: [] },
  rtvi: { local: ["core"], packages: ["zod"] },
  carriers: { local: ["core", "audio", "rtvi"], packages: ["zod"] },
  serializers: { local: ["core", "audio", "rtvi"], packages: ["zod"] },
  transports: {
    local: ["core", "audio", "rtvi", "carriers", "serializers"],
    packages: ["zod"],
  },
  rooms: { local: ["core", "transports"], packages: ["zod"] },
  whatsapp: { local: ["core", "transports"], packages: ["zod"] },
  webrtc: {
    local: ["core", "audio"],
    packages: ["werift", "node:*"],
  },
  routes: {
    local: ["core", "audio", "rtvi", "carriers", "serializers", "transports", "rooms", "whatsapp"],
    packages: ["hono", "zod"],
  },
  ways: {
    local: ["", "core", "carriers", "transports", "rooms", "whatsapp", "routes"],
    packages: ["hono"],
  },
  recording: { local: ["core", "audio"], packages: ["zod"] },
  features: {
    local: ["", "core", "audio", "carriers", "recording", "transports", "routes"],
    packages: ["hono", "zod", "prom-client", "@opentelemetry/api"],
  },
};
/** Modules that a folder's others may use, where they do not import each other. */
const SHARED: Record<string, readonly string[]> = {
  routes: [
    "body.ts",
    "env.ts",
    "hono.ts",
    "offer_protocol.ts",
    "protocol.ts",
    "start.ts",
    "start_guard.ts",
    "webhook_request.ts",
  ],
  ways: ["way.ts"],
};
/** The table of a folder, which knows the others. */
const TABLES: readonly string[] = ["ways/all.ts"];
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
    const folder = path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
    const code = text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, "");
    for (const specifier of imports(code)) {
      const complain = (why: string) => found.push(`${path} imports ${specifier}: ${why}`);
      if (specifier.startsWith(".")) {
        const target = join(dirname(path), specifier).replaceAll("\\", "/");
        const to = target.includes("/") ? target.slice(0, target.indexOf("/")) : "";
        if (target.startsWith("..")) continue; // deno.json and mod.ts: checked below
        if (LEAVES.includes(to) && to !== folder && !LEAVES.includes(folder)) {
          complain("nothing imports a leaf");
        }
        const rule = RULES[folder];
        if (rule && to !== folder && !rule.local.includes(to)) complain(`not from ${folder}`);
        const shared = to === folder && SHARED[folder];
        if (shared && !TABLES.includes(path) && !shared.includes(target.slice(to.length + 1))) {
          complain(`${folder} never import each other`);
        }
      } else {
        const name = specifier.startsWith("node:")
          ? "node:*"
          : specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
        const rule = RULES[folder];
        if (rule && !rule.packages.includes(name)) complain(`not a package for ${folder}`);
        if (specifier === "werift" && folder !== "webrtc") complain("only webrtc names werift");
        if (specifier.startsWith("jsr:")) complain("import from npm");
        // A Worker holds all that is reached, and zod's methods cannot be left out one by one.
        if (specifier === "zod") complain("zod/mini does the same, 16 kB smaller in a Worker");
      }
    }
    const portable = folder === "" || folder in RULES;
    if (portable && folder !== "webrtc" && HOST_API.test(code)) {
      found.push(`${path} uses ${HOST_API.exec(code)?.[1]}, which not every host has`);
    }
    if (portable && /\bnew Hono\b/.test(code)) {
      found.push(`${path} makes a Hono: createRoutes() does, 2 kB smaller in a Worker`);
    }
    if (/^(export )?let /m.test(code)) found.push(`${path} has a top-level let`);
  }
  return found;
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
    ["core/bot.ts", `import { CARRIERS } from "../carriers/mod.ts";`],
    ["audio/c.ts", `export const home = Deno.env.get("HOME");`],
    ["routes/d.ts", `import { offerRoutes } from "./offer.ts";`],
    ["ways/j.ts", `import { daily } from "./daily.ts";`],
    ["features/k.ts", `import { phone } from "../ways/phone.ts";`],
    ["routes/l.ts", `import type { Feature } from "../features/feature.ts";`],
    ["transports/e.ts", `const { x } = await import("werift");`],
    ["recording/m.ts", `import { createRoutes } from "../routes/hono.ts";`],
    ["runner.ts", `import { serve } from "./runtimes/deno.ts";`],
    ["carriers/f.ts", `let calls = 0;`],
    ["rtvi/g.ts", `import { z } from "jsr:@zod/zod";`],
    ["rtvi/h.ts", `import * as z from "zod";`],
    ["routes/i.ts", `const app = new Hono<AppEnv>();`],
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
  assert.ok(reached.some((specifier) => specifier.endsWith("/src/core/session_set.ts")));
  const hostile = /^node:|werift|\/src\/(webrtc|runtimes|cli|demo|client)\//;
  assert.deepEqual(reached.filter((specifier) => hostile.test(specifier)), []);
});

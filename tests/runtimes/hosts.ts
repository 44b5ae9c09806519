/**
 * The real runtimes: each serves `fixtures/bot.ts` in a process of its own. Node, Bun and Workers do
 * it with the package as npm users have it: packed, installed, and for a Worker bundled.
 */
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderWith, ROOT } from "../cli/child.ts";
import type { Served } from "./contract/mod.ts";

const TOOLS = fileURLToPath(new URL("tools/", import.meta.url));
const FIXTURES = fileURLToPath(new URL("fixtures/", import.meta.url));

/** A folder where the package is installed, beside the files that use it. */
export interface Installed {
  readonly path: string;
}

/** What the package is mounted in. */
const FRAMEWORKS = { express: "5.3.0", fastify: "5.12.8" };

/** Packs the package, and installs it with npm in a folder of its own. */
export async function installPackage(): Promise<Installed & AsyncDisposable> {
  await installTools();
  const folder = await folderWith({
    "package.json": JSON.stringify({
      private: true,
      type: "module",
      dependencies: { "@pipecat/runner": "file:runner.tgz", ...FRAMEWORKS },
    }),
  });
  const tarball = join(folder.path, "runner.tgz");
  await run(Deno.execPath(), ["run", "-A", ".tools/pack.ts", tarball], ROOT);
  await npm(["install", "--prefer-offline"], folder.path);
  for await (const { name } of Deno.readDir(FIXTURES)) {
    await Deno.copyFile(join(FIXTURES, name), join(folder.path, name));
  }
  return folder;
}

/** Serves with this Deno, from the working tree. */
export async function serveWithDeno(): Promise<Served> {
  const args = ["run", "-A", "--config", join(ROOT, "deno.json"), join(FIXTURES, "serve.ts")];
  return await serve(Deno.execPath(), args, ROOT);
}

/** Serves with Node. */
export async function serveWithNode({ path }: Installed): Promise<Served> {
  return await serve(tool("node"), ["serve.ts"], path);
}

/** Serves with Bun. */
export async function serveWithBun({ path }: Installed): Promise<Served> {
  return await serve(tool("bun"), ["serve.ts"], path);
}

/** Serves with Node or Bun, in front of media nodes. */
export async function serveInFront(
  runtime: "node" | "bun",
  { path }: Installed,
  nodes: readonly string[],
  secret: string,
): Promise<Served> {
  const variables = { MEDIA_NODES: nodes.join(","), RUNNER_SECRET: secret };
  return await serve(tool(runtime), ["serve.ts"], path, variables);
}

/** Serves within a server of another framework, at a path. */
export async function serveMounted(
  runtime: "node" | "bun",
  framework: "express" | "fastify" | "http",
  { path }: Installed,
): Promise<Served> {
  const server = await serve(tool(runtime), ["mounted.ts", framework], path);
  const dispose = () => server[Symbol.asyncDispose]();
  return { url: `${server.url}/voice`, [Symbol.asyncDispose]: dispose };
}

/** Serves with workerd, which is what runs Workers; without Node's modules and globals. */
export async function serveWithWorkerd({ path }: Installed): Promise<Served> {
  return await bundleAndServe(path, [SESSIONS]);
}

/** Serves the Worker of a fixture, such as `dialling`, with these variables. */
export async function serveWorker(
  name: "dialling" | "failing",
  { path }: Installed,
  variables: Readonly<Record<string, string>>,
): Promise<Printing> {
  const folder = join(path, name);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.copyFile(join(FIXTURES, `${name}_worker.ts`), join(folder, "worker.ts"));
  return await bundleAndServe(folder, [SESSIONS, ...textBindings(variables)]);
}

/**
 * Serves the example of a Worker in front of media nodes. It has no namespace of objects: a request
 * that asks for one fails.
 */
export async function serveEdge(
  { path }: Installed,
  nodes: readonly string[],
  secret: string,
): Promise<Served> {
  const folder = join(path, "edge");
  await Deno.mkdir(folder, { recursive: true });
  for (const name of ["worker.ts", "bot.ts"]) {
    await Deno.copyFile(join(ROOT, "examples/edge", name), join(folder, name));
  }
  const texts = { RUNNER_SECRET: secret, MEDIA_NODES: nodes.join(",") };
  return await bundleAndServe(folder, textBindings(texts));
}

const SESSIONS = '(name = "SESSIONS", durableObjectNamespace = "SessionObject")';

function textBindings(texts: Readonly<Record<string, string>>): string[] {
  return Object.entries(texts).map(([name, text]) => `(name = "${name}", text = "${text}")`);
}

async function bundleAndServe(path: string, bindings: readonly string[]): Promise<Printing> {
  await run(tool("esbuild"), ["worker.ts", "--outfile=worker.js", ...BUNDLE], path);
  await Deno.writeTextFile(join(path, "worker.capnp"), workerdConfig(bindings));
  return await serve(tool("workerd"), ["serve", "worker.capnp", "--control-fd=1"], path);
}

/** Serves as a media node, with this Deno, from the working tree; resolves when it answers at once. */
export async function serveMediaNode(
  secret: string,
  script: string = join(FIXTURES, "serve.ts"),
): Promise<Served> {
  const args = ["run", "-A", "--config", join(ROOT, "deno.json"), script];
  const node = await serve(Deno.execPath(), args, ROOT, { RUNNER_SECRET: secret });
  await answersAtOnce(node.url);
  return node;
}

/** How long a process takes to say how loaded it is, while it does nothing else, in ms. */
const AT_ONCE_MS = 50;
/** How long one may have to do after it listens, in ms: it loads its WebRTC stack then. */
const SETTLED_MS = 30_000;

/** Waits for that. Who is in front of nodes gives those more that have told of themselves. */
async function answersAtOnce(url: string): Promise<void> {
  const began = performance.now();
  for (let asked = began; asked - began < SETTLED_MS; asked = performance.now()) {
    const response = await fetch(`${url}/readyz`);
    await response.body?.cancel();
    if (performance.now() - asked < AT_ONCE_MS) return;
  }
}

/** What Wrangler bundles with. */
const BUNDLE = [
  "--bundle",
  "--format=esm",
  "--target=es2024",
  "--conditions=workerd,worker,browser",
  '--define:navigator.userAgent="Cloudflare-Workers"',
];

const workerdConfig = (bindings: readonly string[]) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-04-01",
  compatibilityFlags = ["no_nodejs_compat", "no_nodejs_compat_v2"],
  durableObjectNamespaces = [(className = "SessionObject", uniqueKey = "sessions", enableSql = true)],
  durableObjectStorage = (inMemory = void),
  bindings = [${bindings.join(", ")}],
);
`;

/** A server whose output can be read once it has ended. */
interface Printing extends Served {
  /** Ends it; resolves with what it has written to stderr. */
  end(): Promise<string>;
}

/** Runs a program that says where it listens, and kills it at the end. */
async function serve(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Printing> {
  const { url, stop, errors } = await start(command, args, cwd, env);
  let stopped: Promise<number> | undefined;
  const end = async () => {
    await (stopped ??= stop("SIGKILL"));
    return await errors;
  };
  return { url, end, [Symbol.asyncDispose]: async () => void await end() };
}

/** A program that listens. */
export interface Started {
  readonly url: string;
  readonly pid: number;
  /** Resolves with what it has written to stderr, once it has ended. */
  readonly errors: Promise<string>;
  /** Sends it a signal; resolves with its exit code once it has ended. */
  stop(signal: Deno.Signal): Promise<number>;
}

/** Runs a program until it says where it listens. */
export async function start(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const child = new Deno.Command(command, {
    args: [...args],
    cwd,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  let url: string | undefined;
  while (url === undefined) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`${basename(command)} does not serve: ${printed}${await errors}`);
    printed += value;
    const port = /"port":(\d+)/.exec(printed)?.[1]; // as workerd tells it
    url = port ? `http://127.0.0.1:${port}` : /http:\/\/[^\s/]+(?=[\s/])/.exec(printed)?.[0];
  }
  return {
    url,
    pid: child.pid,
    errors,
    async stop(signal) {
      child.kill(signal);
      const [{ code }] = await Promise.all([child.status, reader.cancel(), errors]);
      return code;
    },
  };
}

/** Installs the runtimes, once for all runs. */
async function installTools(): Promise<void> {
  try {
    await Deno.stat(tool("tsc"));
  } catch {
    await npm(["install", "--no-package-lock"], TOOLS);
  }
}

/** The path of a program that npm has installed. */
export function tool(
  name: "node" | "bun" | "esbuild" | "workerd" | "wrangler" | "tsc",
): string {
  return join(TOOLS, "node_modules", ".bin", name);
}

async function npm(args: readonly string[], cwd: string): Promise<void> {
  const command = Deno.build.os === "windows" ? "npm.cmd" : "npm";
  await run(command, [...args, "--no-audit", "--no-fund"], cwd);
}

/** Runs a program to its end. */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args], cwd })
    .output();
  const decoder = new TextDecoder();
  const printed = decoder.decode(stdout);
  if (!success) throw new Error(`${basename(command)} failed: ${printed}${decoder.decode(stderr)}`);
  return printed;
}

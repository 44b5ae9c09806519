/**
 * Pipecat itself, in a virtual environment that is made once and kept in the user's cache.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The version that the contract is read from. */
const PIPECAT = "pipecat-ai==1.14.0";
/**
 * What its command line needs besides. Its own name for them, `[cli]`, brings half a gigabyte more, and
 * `[evals]` the models, which evals by text have no use for.
 */
const COMMAND_LINE = ["typer<1", "rich<14", "jinja2<4", "questionary<3"];

/** Where it is kept: half a gigabyte, outside the repository. */
const KEPT = join(
  Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? ".", ".cache"),
  "pipecat-runner",
  PIPECAT.replace("==", "-"),
);
const HERE = dirname(fileURLToPath(import.meta.url));

/** What a program has said. */
export interface Ran {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs Pipecat's Python, and installs it first where it is missing.
 *
 * @param args What follows `python`; a script of this folder by its name.
 * @param input What it reads from its stdin.
 */
export async function python(args: readonly string[], input = ""): Promise<Ran> {
  const interpreter = await installed(KEPT, [PIPECAT, ...COMMAND_LINE]);
  const [first = "", ...rest] = args;
  const script = first.endsWith(".py") ? join(HERE, first) : first;
  // A folder with a `types.py` or the like must not come before what Python brings. Only here: packages
  // that are installed from their sources want to find themselves.
  return await run(interpreter, [script, ...rest], { input, env: { PYTHONSAFEPATH: "1" } });
}

/** The interpreter of an environment that has Pipecat with some extras, such as `runner,webrtc`. */
export async function pipecatWith(extras: string): Promise<string> {
  const [name, version] = PIPECAT.split("==");
  const kept = `${KEPT}-${extras.replaceAll(",", "-")}`;
  return await installed(kept, [`${name}[${extras}]==${version}`]);
}

/**
 * Runs a module of another package, such as `kubernetes-validate==1.37.0`, in an environment of its own.
 *
 * @param args The module, and what follows it.
 */
export async function pythonModule(requirement: string, args: readonly string[]): Promise<Ran> {
  const kept = join(dirname(KEPT), requirement.replace("==", "-"));
  return await run(await installed(kept, [requirement]), ["-m", ...args]);
}

/** The interpreter that has packages; made aside and moved, so that half of it is never taken for it. */
async function installed(kept: string, packages: readonly string[]): Promise<string> {
  const interpreter = join(kept, "bin", "python");
  if (await exists(interpreter)) return interpreter;
  console.log(`Installing ${packages[0]} into ${kept}, which takes about a minute`);
  const making = `${kept}.${Deno.pid}`;
  await Deno.mkdir(dirname(kept), { recursive: true });
  try {
    await makeEnvironment(making);
    await must(join(making, "bin", "python"), [
      "-m",
      "pip",
      "install",
      "--quiet",
      ...packages,
    ]);
    if (!await exists(interpreter)) await Deno.rename(making, kept);
  } finally {
    await Deno.remove(making, { recursive: true }).catch(() => {}); // it was moved
  }
  return interpreter;
}

/** Debian has what makes environments in a package of its own. */
async function makeEnvironment(path: string): Promise<void> {
  const make = ["-m", "venv", path];
  const made = await run("python3", make).catch(() => undefined);
  if (made?.success) return;
  const apt = await run("apt-get", ["install", "-y", "python3-venv"]).catch(() => undefined);
  if (apt?.success) return await must("python3", make);
  throw new Error(`deno task test:interop needs Python 3.11 with venv. ${made?.stderr ?? ""}`);
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await run(command, args);
  if (!success) throw new Error(`${command} ${args.join(" ")} failed:\n${stderr}`);
}

async function run(
  command: string,
  args: readonly string[],
  { input = "", env = {} }: { readonly input?: string; readonly env?: Record<string, string> } = {},
): Promise<Ran> {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { LOGURU_LEVEL: "WARNING", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writing = new Blob([input]).stream().pipeTo(child.stdin).catch(() => {}); // it read no more
  const { success, stdout, stderr } = await child.output();
  await writing;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { success, stdout: text(stdout), stderr: text(stderr) };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

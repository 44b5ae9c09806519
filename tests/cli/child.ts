/**
 * The real command line, run as a child process in a folder of its own.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How long a text may take to be printed, in ms. */
const PRINT_MS = 10_000;

/** A bot file that echoes, as users write it. */
export const ECHO_BOT = `
import { createTransport, type RunnerArguments } from "jsr:@pipecat/runner";
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}
`;

/** A folder with files, gone at the end. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
}

/** Makes a temporary folder with these files. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<Folder> {
  const path = await Deno.realPath(await Deno.makeTempDir());
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** What a process left behind. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a child is run. */
export interface ChildOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The program. Default: mod.ts. */
  readonly program?: string;
  /** What it prints once it runs, where that is not the banner; it has no address then. */
  readonly ready?: string;
  /** Whether the repository's deno.json is used, so that `jsr:@pipecat/runner` is what lies there. */
  readonly config?: boolean;
  /** What it may do. Default: everything. */
  readonly permissions?: readonly string[];
}

/** A command line that serves. */
export interface Running extends AsyncDisposable {
  /** The origin that the banner names. */
  readonly url: string;
  readonly ended: Promise<Ended>;
  kill(signal: Deno.Signal): void;
  /** Resolves once the text has been printed, on stdout or stderr; rejects after 10 s. */
  printed(text: string): Promise<void>;
}

/** Runs the command line to its end. */
export async function run(args: readonly string[], options: ChildOptions): Promise<Ended> {
  return ended(await command(args, options).output());
}

/** What it says once it listens: in the banner, or in JSON. */
const LISTENS = { text: "Ctrl-C stops the runner.", json: "The runner is listening" };

/** Runs the command line until it says that it listens. */
export async function start(args: readonly string[], options: ChildOptions): Promise<Running> {
  const child = command(args, options).spawn();
  const [stdout, stderr] = [listen(child.stdout), listen(child.stderr)];
  const finished = (async (): Promise<Ended> => {
    const [{ code }] = await Promise.all([child.status, stdout.done, stderr.done]);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  })();
  const { ready } = options;
  await Promise.race([
    stdout.contains(ready ?? LISTENS.text),
    ...(ready === undefined ? [stderr.contains(LISTENS.json)] : []),
    finished,
  ]);
  const named = /(http:\S+)\/client\//.exec(stdout.text()) ??
    /"url":"(http:[^"]+)"/.exec(stderr.text());
  const url = ready === undefined ? named?.[1] : "";
  if (url === undefined) throw new Error(`No banner, but: ${stdout.text()}${stderr.text()}`);
  return {
    url,
    ended: finished,
    kill: (signal) => child.kill(signal),
    async printed(text) {
      const { promise: late, reject } = Promise.withResolvers<never>();
      const message = () => `${text} was not printed: ${stdout.text()}${stderr.text()}`;
      const timer = setTimeout(() => reject(new Error(message())), PRINT_MS);
      await Promise.race([stdout.contains(text), stderr.contains(text), late])
        .finally(() => clearTimeout(timer));
    },
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // it has ended already
      }
      await finished;
    },
  };
}

function command(args: readonly string[], options: ChildOptions): Deno.Command {
  const { cwd, env = {}, program = join(ROOT, "mod.ts"), config = true } = options;
  const { permissions = ["-A"] } = options;
  const flags = config ? ["--config", join(ROOT, "deno.json")] : [];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, ...flags, program, ...args],
    cwd,
    clearEnv: true, // the tests must not depend on what the developer has set
    env: { ...inherited(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** What Deno itself needs: where things are, and how packages are reached on this machine. */
function inherited(): Record<string, string> {
  const names = [
    ...["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"],
    ...["DENO_CERT", "DENO_TLS_CA_STORE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"],
    ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NPM_CONFIG_REGISTRY"],
  ];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

function ended(output: Deno.CommandOutput): Ended {
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

interface OutputReader {
  readonly done: Promise<void>;
  text(): string;
  contains(text: string): Promise<void>;
}

function listen(stream: ReadableStream<Uint8Array>): OutputReader {
  let text = "";
  const waiting = new Map<string, () => void>();
  const check = () => {
    for (const [wanted, resolve] of waiting) if (text.includes(wanted)) resolve();
  };
  return {
    done: (async () => {
      for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        check();
      }
    })(),
    text: () => text,
    contains: (wanted) =>
      new Promise((resolve) => {
        waiting.set(wanted, resolve);
        check();
      }),
  };
}

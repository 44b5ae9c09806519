/**
 * Programs of Debian and Ubuntu that tests need: installed when they are missing.
 *
 * @module
 */
import { join } from "node:path";

/**
 * The path of a program, which is installed first where it is missing. It throws where that is not
 * possible: a test that needs it fails, and is not passed by.
 *
 * @param name Both the program and its package, such as `redis-server`.
 */
export async function program(name: string): Promise<string> {
  const present = await found(name);
  if (present) return present;
  const attempts = [
    () => apt("install", "-y", name),
    async () => {
      await apt("update");
      await apt("install", "-y", name);
    },
    () => installBackport(name),
  ];
  const failures: unknown[] = [];
  for (const attempt of attempts) {
    await attempt().catch((error) => failures.push(error));
    const installed = await found(name);
    if (installed) return installed;
  }
  throw new AggregateError(failures, `deno task test:interop needs ${name}, of Debian's package`);
}

/**
 * The path of a file of a package, which is unpacked into the user's cache: for a program whose package
 * would start a service, and that needs nothing else of it.
 *
 * @param file Where it lies in the package, such as `usr/bin/promtool`.
 */
export async function unpacked(name: string, file: string): Promise<string> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? ".", ".cache");
  const folder = join(cache, "pipecat-runner", name);
  const path = join(folder, file);
  if (await exists(path)) return path;
  // Made aside and moved, so that half of it is never taken for it.
  const making = `${folder}.${Deno.pid}`;
  await Deno.mkdir(making, { recursive: true });
  try {
    await run("apt-get", ["download", name], making).catch(async () => {
      await apt("update");
      await run("apt-get", ["download", name], making);
    });
    const [archive] = await Array.fromAsync(Deno.readDir(making));
    await run("dpkg-deb", ["--extract", archive?.name ?? "", "."], making);
    if (!await exists(path)) await Deno.rename(making, folder);
  } finally {
    await Deno.remove(making, { recursive: true }).catch(() => {}); // it was moved
  }
  return path;
}

/** Installs what this release of Debian has among its backports alone. */
async function installBackport(name: string): Promise<void> {
  const release = await Deno.readTextFile("/etc/os-release");
  const [, codename] = /^VERSION_CODENAME=(\w+)$/m.exec(release) ?? [];
  if (!/^ID=debian$/m.test(release) || !codename) {
    throw new Error(`No backport of ${name} is known`);
  }
  const folder = await Deno.makeTempDir();
  try {
    const source = `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ` +
      `http://deb.debian.org/debian ${codename}-backports main\n`;
    await Deno.writeTextFile(`${folder}/backports.list`, source);
    await Deno.mkdir(`${folder}/lists/partial`, { recursive: true });
    // Beside the sources of the machine, which stay as they are.
    const own = [
      `-oDir::Etc::sourcelist=${folder}/backports.list`,
      "-oDir::Etc::sourceparts=-",
      `-oDir::State::lists=${folder}/lists`,
    ];
    await apt(...own, "update");
    await apt(...own, "install", "-y", name);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function apt(...args: readonly string[]): Promise<void> {
  const command = ["apt-get", ...args];
  const [first = "", ...rest] = Deno.uid() === 0 ? command : ["sudo", "-n", ...command];
  await run(first, rest);
}

async function run(command: string, args: readonly string[], cwd = "."): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(`${[command, ...args].join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

async function found(name: string): Promise<string | undefined> {
  for (const folder of ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]) {
    const path = `${folder}/${name}`;
    if (await exists(path)) return path;
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

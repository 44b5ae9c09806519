/**
 * Programs of Debian and Ubuntu that tests need: installed when they are missing.
 *
 * @module
 */

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
  const { success, stderr } = await new Deno.Command(first, {
    args: rest,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`${command.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

async function found(name: string): Promise<string | undefined> {
  for (const folder of ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"]) {
    const path = `${folder}/${name}`;
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  return undefined;
}

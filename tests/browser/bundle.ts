/**
 * Scripts for pages under test, bundled with the packages that the client's lockfile pins.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const CLIENT = fileURLToPath(new URL("../../client/", import.meta.url));

/** Run by Node, because that is where Vite runs. */
const BUILD = `
  import { build } from "vite";
  const [output] = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      minify: false,
      lib: { entry: "test/" + process.env.ENTRY, name: "page", formats: ["iife"] },
    },
  });
  process.stdout.write(output.output[0].code);
`;

type Entry = "daily_page.ts" | "record.ts" | "sdk_page.ts" | "websocket_page.ts";

/** What this test file has bundled before. */
const bundled = new Map<Entry, Promise<string>>();

/** Bundles a script of `client/test/` into one that needs no imports. */
export function bundle(entry: Entry): Promise<string> {
  const made = bundled.get(entry) ??
    installPackages().then(() =>
      run("node", ["--input-type=module", "--eval", BUILD], { ENTRY: entry })
    );
  bundled.set(entry, made);
  return made;
}

/** The source of axe, which finds what keeps people from using a page. */
export async function axeSource(): Promise<string> {
  await installPackages();
  return await Deno.readTextFile(`${CLIENT}node_modules/axe-core/axe.min.js`);
}

/** Installs what the client's lockfile pins, where that has not been done. */
export async function installPackages(): Promise<void> {
  try {
    await Deno.stat(`${CLIENT}node_modules/axe-core`);
  } catch {
    const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
    await run(npm, ["ci"], {});
  }
}

async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const process = new Deno.Command(command, {
    args: [...args],
    cwd: CLIENT,
    env,
  });
  const { success, stdout, stderr } = await process.output();
  if (!success) {
    throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  }
  return new TextDecoder().decode(stdout);
}

/**
 * Finds a file of an npm package on this machine, without importing it as code.
 *
 * A variable names the package on purpose. Deno downloads every package whose name is in an import,
 * used or not, and this is for packages too big for that.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { RunnerError } from "../core/error.ts";

/** An npm package at one version. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * Reads the file that a package calls its `main`. Deno downloads the package if necessary;
 * elsewhere it must be installed.
 *
 * @throws {RunnerError} `package_missing` if the package is neither here nor downloadable;
 * `not_permitted` if Deno may not read it.
 */
export async function readPackageMain(wanted: NpmPackage): Promise<Uint8Array<ArrayBuffer>> {
  const { name, version } = wanted;
  try {
    return new Uint8Array(await readFile(await locate(wanted)));
  } catch (cause) {
    if (cause instanceof Error && cause.name === "NotCapable") {
      const detail = `Deno may not read the npm package ${name}@${version}, which lies in its ` +
        "cache: run it with --allow-read.";
      throw new RunnerError("not_permitted", detail, { cause });
    }
    throw new RunnerError(
      "package_missing",
      `The npm package ${name}@${version} cannot be read. Install it, or be online when it is ` +
        "first needed.",
      { cause },
    );
  }
}

async function locate({ name, version }: NpmPackage): Promise<URL> {
  // Deno and its import maps give no file for a package before something of it was imported.
  const specifier = typeof Deno === "undefined" ? name : `npm:${name}@${version}`;
  if (specifier !== name) await import(`${specifier}/package.json`, { with: { type: "json" } });
  return new URL(import.meta.resolve(specifier));
}

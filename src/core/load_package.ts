/**
 * Loads npm packages that most runners do without.
 *
 * @module
 */
import { RunnerError } from "./error.ts";

/**
 * Loads a package. Deno fetches it when it does not have it yet; elsewhere, and in a Deno project with a
 * `node_modules` folder of its own, it has to be installed.
 *
 * It is named by a variable on purpose: Deno and bundlers fetch every package whose name stands in an
 * import.
 *
 * @typeParam Module What is used of it; a test has to check that it is there.
 * @throws {RunnerError} `package_missing` when it is not here, nor to be had; `not_permitted` where Deno
 * does not allow to load it.
 */
export async function loadPackage<Module>(name: string, version: string): Promise<Module> {
  const failures: unknown[] = [];
  for (const specifier of [name, `npm:${name}@${version}`]) {
    try {
      return await import(specifier);
    } catch (error) {
      failures.push(error);
    }
  }
  const refused = failures.find((error) => error instanceof Error && error.name === "NotCapable");
  if (refused instanceof Error) {
    const detail = `The npm package ${name} cannot be loaded. ${refused.message}`;
    throw new RunnerError("not_permitted", detail, { cause: refused });
  }
  throw new RunnerError(
    "package_missing",
    `The npm package ${name}@${version} cannot be loaded. Install it, or be online when it is ` +
      "first needed.",
    { cause: new AggregateError(failures) },
  );
}

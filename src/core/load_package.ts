/**
 * Loads npm packages that most runners do without.
 *
 * @module
 */
import { RunnerError } from "./error.ts";

/**
 * Loads a package. Deno downloads it if necessary; elsewhere, and in a Deno project with its own
 * `node_modules` folder, it must be installed.
 *
 * A variable names it on purpose: Deno and bundlers download every package whose name is in an
 * import.
 *
 * @typeParam Module The part of it that is used; a test must check that it exists.
 * @throws {RunnerError} `package_missing` if it is neither here nor downloadable; `not_permitted`
 * if Deno may not load it.
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

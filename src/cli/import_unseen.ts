/**
 * What no program that serves its own bot can need: Deno is not to look for it.
 *
 * @module
 */

/**
 * Imports a module of this package by an address that is no literal. Of each literal one Deno reads the
 * module and all that it imports at every launch (0.05 ms a file), and a bundler or `deno compile` takes
 * them along; what is imported here is neither, and offline only once it was used. So it is for
 * commands that are typed while a bot is made, and whose packages are also named elsewhere, for the
 * lock file holds no others.
 *
 * @typeParam Module As `typeof import("…")`, which the compiler checks and the launch does not see.
 * @param path From the root of the package.
 */
export async function importUnseen<Module>(path: string): Promise<Module> {
  return await import(new URL(`../../${path}`, import.meta.url).href);
}

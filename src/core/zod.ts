/**
 * The parts of zod that are used, under one address. Deno resolves a package once for each module
 * behind an `import()` that names it, and each time goes through all packages of the lock file: with
 * twenty such modules that took 5 ms of a launch.
 *
 * @module
 */
export * from "zod/mini";

/**
 * Whether this package runs from its own files.
 *
 * @module
 */

/**
 * Whether a module in this package's root is still where it was published, with `src` beside it. It
 * is not once a bundler has joined it with a user's program: there, `import.meta.main` refers to
 * the user's file in every module.
 */
export function runsAsPublished(moduleUrl: string): boolean {
  return new URL(".", import.meta.url).href === new URL("./src/core/", moduleUrl).href;
}

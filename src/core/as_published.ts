/**
 * Whether this package runs from its own files.
 *
 * @module
 */

/**
 * Whether a module of this package's root still lies where it was published, with `src` beside it. It
 * does not once a bundler has joined it with a user's program: there `import.meta.main` speaks of the
 * user's file, in every module alike.
 */
export function runsAsPublished(moduleUrl: string): boolean {
  return new URL(".", import.meta.url).href === new URL("./src/core/", moduleUrl).href;
}

/**
 * What `--version` prints. It stands here and not only in deno.json, which the npm package has not and
 * which a bundler cannot find there; a test holds the two together.
 *
 * @module
 */

/** The version of this package. */
export const VERSION = "0.1.0";

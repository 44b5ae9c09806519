/**
 * What `--version` prints. It is here as well as in deno.json, which the npm package lacks and a
 * bundler cannot find; a test keeps the two equal.
 *
 * @module
 */

/** The version of this package. */
export const VERSION = "0.1.0";

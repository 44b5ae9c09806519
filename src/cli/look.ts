/**
 * Looking for a file or folder that the user has named.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";

/**
 * What is at a path; undefined where there is nothing.
 *
 * @throws {RunnerError} `not_permitted` where Deno does not allow to look.
 */
export async function lookAt(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) return undefined;
    const detail = `Deno may not read ${path}: run it with --allow-read.`;
    throw new RunnerError("not_permitted", detail, { cause });
  }
}

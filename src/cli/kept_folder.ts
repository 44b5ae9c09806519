/**
 * The folders that a runner writes into.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";

/**
 * Makes a folder if it is missing, and looks whether files can be made in it: a session would be too late
 * to find that out.
 *
 * @param option The option that names it, such as `--record`.
 * @throws {RunnerError} `usage` if it cannot be created, or cannot be written to.
 */
export async function makeFolder(path: string, option: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: path }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const detail = `Cannot write to ${path}, the folder of ${option}: ${reason}`;
    throw new RunnerError("usage", detail, { cause });
  }
}

/**
 * A folder on disk, for `GET /files/*`.
 *
 * @module
 */
import { getMimeType } from "hono/utils/mime";
import { basename, join, sep } from "node:path";
import type { FileFolder } from "../core/platform.ts";
import { isHidden } from "../http/files.ts";

const CHUNK_BYTES = 64 << 10;

/**
 * Serves the files in a folder, except hidden ones and anything outside it that a path or link
 * leads to.
 */
export function fileFolder(folder: string): FileFolder {
  return {
    async open(path) {
      const real = await inside(folder, path);
      if (real === undefined) return undefined;
      const { stat } = await files();
      const found = await stat(real);
      if (!found.isFile()) return undefined;
      const { size } = found;
      const name = basename(path);
      const body = ReadableStream.from(readFile(real, size));
      return { name, type: getMimeType(name), size, body };
    },
  };
}

/** Loaded on first use: it would slow down every start of Deno. */
const files = () => import("node:fs/promises");

/** The file that a path means after every `..` and every link, if it is in the folder. */
async function inside(folder: string, path: string): Promise<string | undefined> {
  const { realpath } = await files();
  try {
    const root = await realpath(folder);
    const real = await realpath(join(root, path));
    const within = root.endsWith(sep) ? root : root + sep;
    // A link, or another spelling of a name, may lead to a hidden file.
    return real.startsWith(within) && !isHidden(real.slice(within.length)) ? real : undefined;
  } catch {
    return undefined; // a path that cannot be resolved leads to no file
  }
}

/**
 * Reads the first `size` bytes, as the answer promised: a recording may still be growing. The file
 * is opened when the first byte is needed, so an answer that nobody reads holds none open.
 */
export async function* readFile(
  path: string,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { open } = await files();
  const file = await open(path);
  try {
    for (let left = size; left > 0;) {
      const chunk = new Uint8Array(Math.min(left, CHUNK_BYTES));
      const { bytesRead } = await file.read(chunk, 0, chunk.length);
      if (bytesRead === 0) throw new RangeError(`${path} has become shorter`);
      left -= bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

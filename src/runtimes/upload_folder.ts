/**
 * A folder on disk for clients' uploads.
 *
 * @module
 */
import { join } from "node:path";
import type { FileStorage } from "../core/file_storage.ts";
import { mediaType, SAMPLE_BYTES } from "../features/uploads/media_type.ts";
import { readFile } from "./files.ts";

/** How many files a folder keeps; older ones go. */
const MOST_FILES = 10;
/** A part of a file that is older than this, in ms, was left by a runner that is gone. */
const STALE_MS = 60 * 60_000;
/** The names of the files here: none comes from a client. */
const ID = /^[\da-f]{32}$/;
const OWN = /^[\da-f]{32}(\.part)?$/;
const SCHEME = "pipecat:";

/** How a folder keeps files. */
export interface UploadFolderOptions {
  /** How many files to keep; the oldest beyond that are deleted. `false` keeps all. Default: 10. */
  readonly maxFiles?: number | false;
}

/**
 * Keeps uploads in a folder, and creates it if it is missing. A file's name is an id, its URL is
 * `pipecat:` and that id, and other files in the folder are left alone.
 */
export function uploadFolder(folder: string, options: UploadFolderOptions = {}): FileStorage {
  const { maxFiles = MOST_FILES } = options;
  const pathOf = (url: string) => {
    const id = url.startsWith(SCHEME) ? url.slice(SCHEME.length) : "";
    return ID.test(id) ? join(folder, id) : undefined;
  };
  return {
    async save({ body }) {
      const { mkdir, open, rename, rm } = await files();
      await mkdir(folder, { recursive: true });
      const id = crypto.randomUUID().replaceAll("-", "");
      const path = join(folder, id);
      // Exclusively, and only for this user.
      const file = await open(`${path}.part`, "wx", 0o600);
      try {
        try {
          for await (const bytes of body) {
            for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
          }
        } finally {
          await file.close();
        }
        await rename(`${path}.part`, path);
      } catch (error) {
        await rm(`${path}.part`, { force: true });
        throw error;
      }
      await trim(folder, maxFiles);
      return `${SCHEME}${id}`;
    },
    async read(url) {
      const path = pathOf(url);
      if (path === undefined) return undefined;
      const { open } = await files();
      const file = await open(path).catch(() => undefined);
      if (!file) return undefined;
      try {
        const { size } = await file.stat();
        const sample = new Uint8Array(Math.min(size, SAMPLE_BYTES));
        await file.read(sample, 0, sample.length, 0);
        const type = mediaType(sample, "");
        return { type, size, body: ReadableStream.from(readFile(path, size)) };
      } finally {
        await file.close();
      }
    },
    async delete(url) {
      const path = pathOf(url);
      if (path === undefined) return;
      const { rm } = await files();
      await rm(path, { force: true });
    },
  };
}

/** Loaded on first use: it would slow down every start of Deno. */
const files = () => import("node:fs/promises");

/** Deletes the oldest of our files if there are too many, and abandoned parts. */
async function trim(folder: string, most: number | false): Promise<void> {
  const { readdir, rm, stat } = await files();
  const names = (await readdir(folder)).filter((name) => OWN.test(name));
  const found = await Promise.all(names.map(async (name) => {
    const path = join(folder, name);
    return { path, part: name.endsWith(".part"), at: (await stat(path)).mtimeMs };
  })).catch(() => []); // another save is trimming too, and has deleted it
  const stale = found.filter(({ part, at }) => part && Date.now() - at > STALE_MS);
  const whole = found.filter(({ part }) => !part).sort((one, other) => other.at - one.at);
  const old = most === false ? [] : whole.slice(most);
  await Promise.all([...stale, ...old].map(({ path }) => rm(path, { force: true })));
}

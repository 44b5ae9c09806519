/**
 * A storage in memory, for tests.
 *
 * @module
 */
import type { FileStorage, IncomingFile } from "../../src/core/file_storage.ts";

/** What was saved: the file without its stream, and its bytes. */
export interface Saved extends Omit<IncomingFile, "body"> {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A storage whose files can be looked at. */
export function memoryStorage(): FileStorage & { readonly files: Map<string, Saved> } {
  const files = new Map<string, Saved>();
  return {
    files,
    async save({ body, ...file }) {
      const bytes = await new Response(body).bytes();
      const url = `memory:${crypto.randomUUID()}`;
      files.set(url, { ...file, bytes });
      return url;
    },
    read(url) {
      const file = files.get(url);
      const stored = file && {
        type: file.type,
        size: file.bytes.length,
        body: ReadableStream.from([file.bytes]),
      };
      return Promise.resolve(stored);
    },
    delete(url) {
      files.delete(url);
      return Promise.resolve();
    },
  };
}

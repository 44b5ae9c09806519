/**
 * Uploads to a Worker, which keeps them in its own store, such as an R2 bucket.
 *
 * @module
 */
import type { FileStorage } from "../core/file_storage.ts";
import type { Feature } from "../features/feature.ts";
import { readFormFile } from "../features/uploads/form.ts";
import { type UploadOptions, uploadsTo } from "../features/uploads/uploads.ts";

/**
 * Takes files at `POST /sessions/:id/files` and `POST /files`, as `uploads` of `@pipecat/runner/uploads`
 * does, into any store.
 */
export function uploads(storage: FileStorage, options: UploadOptions = {}): Feature {
  return uploadsTo(storage, options, () => readFormFile);
}

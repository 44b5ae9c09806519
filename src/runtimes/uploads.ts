/**
 * Uploads into a folder, on Deno, Node and Bun; or into whatever a storage keeps them in.
 *
 * @example
 * ```ts ignore
 * import { serve } from "@pipecat/runner/deno";
 * import { uploads } from "@pipecat/runner/uploads";
 * import { bot } from "./bot.ts";
 *
 * await serve(bot, { use: [uploads("./uploads")] });
 * ```
 *
 * @module
 */
import type { FileStorage } from "../core/file_storage.ts";
import type { Feature } from "../features/feature.ts";
import { type UploadOptions, uploadsTo } from "../features/uploads/uploads.ts";
import { loadOnce } from "../core/load_once.ts";
import { uploadFolder } from "./upload_folder.ts";

export type { FileStorage, IncomingFile, StoredFile } from "../core/file_storage.ts";
export type { Feature, FeatureRoutes, FeatureSite } from "../features/feature.ts";
export type { UploadOptions } from "../features/uploads/uploads.ts";
export { uploadFolder, type UploadFolderOptions } from "./upload_folder.ts";

/**
 * Takes files at `POST /sessions/:id/files` and `POST /files`, which `POST /start` returns as
 * `fileUploadUrl`. A bot reads them with `args.fileStorage`, by the URL of a `send-file` message; a
 * session's uploads are deleted at its end.
 *
 * @param to A folder, which keeps the newest ten files; or a storage of your own.
 */
export function uploads(to: string | FileStorage, options: UploadOptions = {}): Feature {
  const storage = typeof to === "string" ? uploadFolder(to) : to;
  return uploadsTo(storage, options, loadReader);
}

const loadReader = loadOnce(async () => (await import("../features/uploads/form.ts")).readFormFile);

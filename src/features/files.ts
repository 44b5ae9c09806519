/**
 * `GET /files/*`: downloads from a folder, as `--folder` serves them.
 *
 * @module
 */
import type { FileFolder } from "../core/platform.ts";
import { fileRoutes } from "../routes/files.ts";
import type { Feature } from "./feature.ts";

/** Serves the files of a folder. */
export function files(folder: FileFolder): Feature {
  return { name: "files", routes: fileRoutes(folder) };
}

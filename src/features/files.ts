/**
 * What a runner serves from files: the page at `/client/`, and the downloads of `--folder`.
 *
 * @module
 */
import type { FileFolder } from "../core/platform.ts";
import { type ClientAssets, clientRoutes } from "../http/client.ts";
import { fileRoutes } from "../http/files.ts";
import type { RunnerOptions } from "../runner_options.ts";
import type { Feature } from "./feature.ts";

/** Serves the files of a folder at `/files/`. */
export function files(folder: FileFolder): Feature {
  return { name: "files", routes: fileRoutes(folder) };
}

/** Serves a page at `/client/`: its files, or a function that loads them on first use. */
export function page(client: ClientAssets | (() => Promise<ClientAssets>)): Feature {
  const load = typeof client === "function" ? client : () => Promise.resolve(client);
  return { name: "page", serve: ({ base }) => ({ routes: clientRoutes(load, base) }) };
}

/** The features that the settings `files` and `client` ask for. */
export function servedFiles({ files: folder, client }: RunnerOptions): Feature[] {
  return [...(folder ? [files(folder)] : []), ...(client ? [page(client)] : [])];
}

/**
 * The options that name files and folders.
 *
 * @module
 */
import type { Option } from "./option.ts";

/** Those options, in the order of the help. */
export const FILE_OPTIONS: readonly Option[] = [
  {
    name: "downloads-folder",
    short: "f",
    takes: "path",
    help: "let clients download the files of a folder, at /files/",
    set: (folder) => ({ folder }),
  },
  {
    name: "folder",
    takes: "path",
    help: "the same, by its older name",
    set: (folder) => ({ folder }),
  },
  {
    name: "runner-body",
    takes: "file",
    help: "YAML or JSON: the body of sessions over WebSockets that\nbring none, such as evals",
    set: (runnerBodyFile) => ({ runnerBodyFile }),
  },
];

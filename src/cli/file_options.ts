/**
 * The options that name files and folders.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
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
    name: "uploads-folder",
    short: "u",
    takes: "path",
    help: "take files that clients upload, and keep them there until\ntheir session ends",
    variable: "PIPECAT_UPLOADS_FOLDER",
    set: (uploadsFolder) => ({ uploadsFolder }),
  },
  {
    name: "uploads-folder-max-files",
    takes: "number",
    help: "how many files that folder keeps, 0 for all; the oldest go.\nDefault: 10",
    set: (value) => ({ uploadsFolderMaxFiles: parseCount(value) }),
  },
  {
    name: "runner-body",
    takes: "file",
    help: "YAML or JSON: the body of sessions over WebSockets that\nbring none, such as evals",
    set: (runnerBodyFile) => ({ runnerBodyFile }),
  },
];

function parseCount(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new RunnerError("usage", "Give a whole number, such as 10.");
}

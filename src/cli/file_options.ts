/**
 * The options that name files and folders.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import type { Option } from "./option.ts";

/** Those options. */
export const FILE_OPTIONS: readonly Option[] = [
  {
    name: "downloads-folder",
    short: "f",
    takes: "path",
    help: "let clients download this folder's files, at /files/",
    variable: "PIPECAT_DOWNLOADS_FOLDER",
    set: (folder) => ({ folder }),
  },
  {
    name: "folder",
    takes: "path",
    help: "older name of --downloads-folder",
    noVariable: "It is --downloads-folder.",
    set: (folder) => ({ folder }),
  },
  {
    name: "uploads-folder",
    short: "u",
    takes: "path",
    help: "accept clients' uploads, and keep them in this folder until their session ends",
    variable: "PIPECAT_UPLOADS_FOLDER",
    set: (uploadsFolder) => ({ uploadsFolder }),
  },
  {
    name: "uploads-folder-max-files",
    takes: "number",
    help: "how many files that folder keeps, 0 for all; the oldest are deleted. Default: 10",
    variable: "PIPECAT_UPLOADS_FOLDER_MAX_FILES",
    set: (value) => ({ uploadsFolderMaxFiles: parseCount(value) }),
  },
  {
    name: "runner-body",
    takes: "file",
    help: "YAML or JSON file: the body for WebSocket sessions that bring none, such as evals",
    variable: "PIPECAT_RUNNER_BODY",
    set: (runnerBodyFile) => ({ runnerBodyFile }),
  },
  {
    name: "record",
    takes: "folder",
    help: "record every session into this folder, as heard: a WAV (user left, bot right) and " +
      "a JSON",
    variable: "PIPECAT_RECORD",
    set: (record) => ({ record }),
  },
  {
    name: "record-numbers",
    help: "include phone numbers in recordings",
    variable: "PIPECAT_RECORD_NUMBERS",
    set: () => ({ recordNumbers: true }),
  },
];

function parseCount(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new RunnerError("usage", "Give a whole number, such as 10.");
}

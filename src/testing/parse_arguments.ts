/**
 * Reads the arguments of a command, and says what is wrong with them.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { closest } from "../core/closest.ts";
import { RunnerError } from "../core/error.ts";

/**
 * Reads arguments as `parseArgs` of `node:util` does.
 *
 * @throws {RunnerError} `usage`, with what is wrong, and the option that was probably meant.
 */
export const parseArguments: typeof parseArgs = (config) => {
  try {
    return parseArgs(config);
  } catch (error) {
    // Its first sentence says what is wrong; the rest is about Node's API.
    const [sentence = ""] = (error as Error).message.split(/(?<=\.)\s/, 1);
    const flag = /^Unknown option '(-[^']*)'/.exec(sentence)?.[1];
    if (flag === undefined) throw new RunnerError("usage", sentence);
    const meant = closest(flag, Object.keys(config?.options ?? {}).map((name) => `--${name}`));
    const advice = meant ? `Did you mean ${meant}?` : "--help lists the options.";
    throw new RunnerError("usage", `Unknown option ${flag}. ${advice}`);
  }
};

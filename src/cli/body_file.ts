/**
 * The file of `--runner-body`.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { parseYamlOrJson } from "../testing/yaml_or_json.ts";
import { lookAt } from "./load_bot.ts";

/**
 * Reads a file of YAML or JSON.
 *
 * @throws {RunnerError} `bad_body` if it cannot be read, or is neither; `not_permitted` if Deno may
 * not read it.
 */
export async function readBodyFile(path: string): Promise<unknown> {
  await lookAt(path); // distinguishes what is not allowed from what does not exist
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    throw new RunnerError("bad_body", `The file ${path} of --runner-body cannot be read.`, {
      cause,
    });
  }
  try {
    return await parseYamlOrJson(path, text) ?? {};
  } catch (cause) {
    const detail = `The file ${path} of --runner-body is neither YAML nor JSON.`;
    throw new RunnerError("bad_body", detail, { cause });
  }
}

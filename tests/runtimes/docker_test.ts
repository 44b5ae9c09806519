/**
 * The example for Docker, without Docker: what its Dockerfile says is done step by step in a folder,
 * as far as Deno does it. What is left out are the base images, the user, and that the file system
 * cannot be written to.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { folderWith, ROOT } from "../cli/child.ts";
import { freshCache, serveRegistry } from "../jsr/registry.ts";
import { start } from "./hosts.ts";

const EXAMPLE = join(ROOT, "examples/docker");

/** A line of a Dockerfile: `RUN`, and what to run. */
interface Instruction {
  readonly name: string;
  readonly rest: string;
}

async function readDockerfile(): Promise<Instruction[]> {
  const text = await Deno.readTextFile(join(EXAMPLE, "Dockerfile"));
  return text.replace(/^#.*\n/gm, "").replace(/\\\n\s*/g, "").split("\n")
    .flatMap((line) => {
      const [, name = "", rest = ""] = /^(\S+) +(.*)$/.exec(line) ?? [];
      return name ? [{ name, rest }] : [];
    });
}

/** The command of an instruction that has it as a JSON list, without the word `deno`. */
function commandOf(instructions: readonly Instruction[], wanted: string): string[] {
  const rest = instructions.find(({ name }) => name === wanted)?.rest ?? "";
  const [program, ...args]: string[] = JSON.parse(rest.slice(rest.indexOf("[")));
  assert.equal(program, "deno");
  return args;
}

Deno.test("the image for Docker is built, serves with nothing to load, and stops", async () => {
  const instructions = await readDockerfile();
  await using cache = await freshCache();
  await using app = await folderWith({});
  for (const name of ["bot.ts", "deno.json"]) {
    await Deno.copyFile(join(EXAMPLE, name), join(app.path, name));
  }
  const registry = await serveRegistry();
  const env = { DENO_DIR: cache.path, JSR_URL: registry.url };
  const deno = async (args: readonly string[], cwd = app.path): Promise<boolean> => {
    const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd, env });
    const { success, stderr } = await command.output();
    if (!success) console.error(new TextDecoder().decode(stderr));
    return success;
  };

  for (const { name, rest } of instructions) {
    if (name === "RUN") assert.ok(await deno(rest.replace(/^deno /, "").split(" ")), rest);
  }
  await registry[Symbol.asyncDispose]();
  const run = [...commandOf(instructions, "ENTRYPOINT"), "--port", "0"];
  const container = await start(Deno.execPath(), run, app.path, env);
  const check = commandOf(instructions, "HEALTHCHECK")
    .map((arg) => arg.replace("7860", new URL(container.url).port));
  const page = await (await fetch(`${container.url}/client/`)).text();
  const body = `{"transport":"pigeon"}`;
  const refused = await fetch(`${container.url}/start`, { method: "POST", body }); // by zod
  const { code: reason } = await refused.json();
  const healthy = await deno(check);
  const code = await container.stop("SIGTERM");

  assert.match(page, /<!doctype html>/i);
  assert.equal(reason, "bad_request");
  assert.ok(healthy);
  assert.equal(code, 0);
});

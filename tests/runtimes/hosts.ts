/**
 * The real runtimes: each serves `fixtures/bot.ts` in a process of its own, from the package as npm
 * users install it.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../cli/child.ts";
import type { Served } from "./contract/mod.ts";

const FIXTURES = fileURLToPath(new URL("fixtures/", import.meta.url));

/** Runs a program that prints its origin, and kills it at the end. */
export async function serveWith(
  command: string,
  args: readonly string[],
  cwd: string = ROOT,
): Promise<Served> {
  const child = new Deno.Command(command, {
    args: [...args],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  let url: string | undefined;
  while (url === undefined) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`${command} serves nothing: ${printed}${await errors}`);
    printed += value;
    url = /http:\/\/\S+(?=\n)/.exec(printed)?.[0];
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await Promise.all([child.status, reader.cancel(), errors]);
    },
  };
}

/** Serves with this Deno, from the working tree. */
export async function serveWithDeno(): Promise<Served> {
  const args = ["run", "-A", "--config", join(ROOT, "deno.json"), join(FIXTURES, "serve.ts")];
  return await serveWith(Deno.execPath(), args);
}

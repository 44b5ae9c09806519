/**
 * The innocent caller, as those see it who look what attackers do to it.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../cli/child.ts";
import type { Notice } from "./innocent.ts";

const PROGRAM = fileURLToPath(new URL("innocent.ts", import.meta.url));

/** Somebody with a call. */
export interface Innocent extends AsyncDisposable {
  /** What it has noticed since the report before. */
  report(): Promise<Notice>;
}

/** Calls from a process of its own; resolves when the call is up. */
export async function callFrom(origin: string): Promise<Innocent> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--config",
      join(ROOT, "deno.json"),
      PROGRAM,
      origin,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const line = async (): Promise<string> => {
    while (!text.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error("The innocent caller has ended");
      text += value;
    }
    const end = text.indexOf("\n");
    const first = text.slice(0, end);
    text = text.slice(end + 1);
    return first;
  };
  await line();
  let closing: Promise<void> | undefined;
  const close = async () => {
    await writer.close();
    await reader.cancel();
    await child.status;
  };
  return {
    async report() {
      await writer.write(new TextEncoder().encode("\n"));
      return JSON.parse(await line());
    },
    [Symbol.asyncDispose]: () => closing ??= close(),
  };
}

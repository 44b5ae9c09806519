/**
 * A bot on Bun.
 *
 *   bunx jsr add @pipecat/runner && bun server.ts
 *
 * @module
 */
import { createTransport, type RunnerArguments } from "@pipecat/runner";
import { serve } from "@pipecat/runner/bun";
import process from "node:process";

/** Repeats what it hears. */
async function bot(args: RunnerArguments): Promise<void> {
  const transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

const port = Number(process.env["PORT"] ?? 7860);
const server = await serve(bot, { hostname: "0.0.0.0", port });
console.log(`Open ${server.url}/client/`);
process.once("SIGTERM", () => server.drain()); // running calls may finish

/**
 * Repeats what it hears.
 *
 *   deno run -A jsr:@pipecat/runner 01-echo.ts
 *
 * @module
 */
import { createTransport, type RunnerArguments } from "jsr:@pipecat/runner";

/** Called once for each caller; the session ends when it returns. */
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

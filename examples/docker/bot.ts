/**
 * A bot in a container: the program is the bot, and the options follow the image's name.
 *
 * @module
 */
import { createTransport, main, type RunnerArguments } from "@pipecat/runner";

/** Repeats what it hears. */
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

if (import.meta.main) await main({ bot });

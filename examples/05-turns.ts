/**
 * Waits until the user has finished, then repeats what the user said. You can interrupt it.
 *
 *   deno run -A jsr:@pipecat/runner 05-turns.ts
 *
 * @module
 */
import { createTransport, type RunnerArguments } from "jsr:@pipecat/runner";
import { turns } from "jsr:@pipecat/runner/turns";

/** Called once for each caller; the session ends when it returns. */
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  for await (const turn of turns(transport)) {
    if (turn.interrupted) transport.interrupt(); // the bot was speaking
    const { clip } = await turn.ended;
    transport.say(clip);
  }
}

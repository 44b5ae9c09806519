/**
 * The bot for both: the Worker runs it for phones and WebSockets, the media nodes for WebRTC.
 *
 * @module
 */
import { createTransport, type RunnerArguments } from "@pipecat/runner";

/** Repeats what it hears. */
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

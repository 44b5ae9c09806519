/**
 * A bot on Pipecat Cloud: over WebRTC, WebSockets and phones it repeats what it hears. In a Daily room
 * it gets an address and a token, but no transport: see the chapter on rooms.
 *
 * @module
 */
import { createTransport, main, type RunnerArguments } from "@pipecat/runner";

/** Repeats what it hears. */
export async function bot(args: RunnerArguments): Promise<void> {
  if (args.transport === "daily") return console.log("Join", args.roomUrl);
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

/** Tells the platform whether this instance takes sessions. */
export function readyz(): boolean {
  return true;
}

if (import.meta.main) await main({ bot, readyz });

/**
 * A bot on Pipecat Cloud: by WebRTC, by WebSocket and on the phone it says back what it hears. In a Daily
 * room it has the address and a token, and no transport: see the chapter on rooms.
 *
 * @module
 */
import { createTransport, main, type RunnerArguments } from "@pipecat/runner";

/** Says back what it hears. */
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

/**
 * One bot for browsers, phones and rooms: `switch` on the transport.
 *
 *   deno run -A jsr:@pipecat/runner 03-multi-transport.ts
 * @module
 */
import { createTransport, type RunnerArguments } from "jsr:@pipecat/runner";

export async function bot(args: RunnerArguments): Promise<void> {
  switch (args.transport) {
    case "webrtc":
    case "websocket":
    case "livekit":
    case "eval": // Pipecat's harness, which grades bots
      console.log("A client, with", args.body);
      break;
    case "daily":
      return console.log("Daily has no JavaScript SDK for servers: join", args.roomUrl);
    default: // any phone company
      console.log("A call, with the id", args.callData.callId);
  }
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

/**
 * A bot on Deno Deploy, for phones and WebSockets: no UDP comes in there, so WebRTC is off.
 *
 *   deno deploy create && deno deploy --prod
 *
 * Assign a Deno KV database to the app, and set `TWILIO_AUTH_TOKEN` or the like in its settings.
 *
 * @module
 */
import { createTransport, type RunnerArguments } from "@pipecat/runner";
import { kvStore, serve } from "@pipecat/runner/deno";

/** Says back what it hears. */
async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

// POST /start and the WebSocket after it may reach different instances: what is between is in KV.
const store = kvStore(await Deno.openKv());
// The proxy in front of the instance ends TLS: it alone knows that addresses begin with https.
const server = await serve(bot, { store, webrtc: false, trustProxy: true });
Deno.addSignalListener("SIGINT", () => server.close()); // 5 s before the instance is stopped

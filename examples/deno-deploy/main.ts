/**
 * A bot on Deno Deploy, for phones and WebSockets: Deno Deploy has no UDP, so WebRTC is off.
 *
 *   deno deploy create && deno deploy --prod
 *
 * Assign a Deno KV database to the app, and set your carrier's secret, such as `TWILIO_AUTH_TOKEN`, in its settings.
 *
 * @module
 */
import { createTransport, type RunnerArguments } from "@pipecat/runner";
import { kvStore, serve } from "@pipecat/runner/deno";

/** Repeats what it hears. */
async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

// POST /start and the WebSocket after it may reach different instances; KV holds what they share.
const store = kvStore(await Deno.openKv());
// The proxy in front of the instance ends TLS, so only the proxy knows that addresses begin with https.
const server = await serve(bot, { store, webrtc: false, trustProxy: true });
Deno.addSignalListener("SIGINT", () => server.close()); // 5 s before the instance is stopped

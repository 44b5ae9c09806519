/**
 * A bot on Cloudflare Workers. Each session has its own Durable Object, so `POST /start`,
 * the WebSocket and the session's routes meet, wherever in the world they arrive.
 *
 *   npx jsr add @pipecat/runner && npx wrangler deploy
 *
 * @module
 */
import { createTransport, type RunnerArguments } from "@pipecat/runner";
import { type DurableObjectNamespaceLike, objectStore, worker } from "@pipecat/runner/workers";

export { SessionObject } from "@pipecat/runner/workers";

/** The bindings of `wrangler.jsonc`. */
interface Bindings {
  readonly SESSIONS: DurableObjectNamespaceLike;
}

/** Repeats what it hears, on phones and WebSockets. */
async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args);
  await transport.readable.pipeTo(transport.writable);
}

export default worker<Bindings>(bot, (env) => ({ store: objectStore(env.SESSIONS) }));

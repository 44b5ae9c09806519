/**
 * Signaling on the edge, media in Deno: a Worker that forwards WebRTC's offers and candidates to the
 * media node that has the session. On each media node, with UDP open:
 *
 *   RUNNER_SECRET=… deno run -A jsr:@pipecat/runner bot.ts --host 0.0.0.0
 *
 * And the Worker, with the origins of the media nodes in `wrangler.jsonc`:
 *
 *   npx jsr add @pipecat/runner && npx wrangler secret put RUNNER_SECRET && npx wrangler deploy
 *
 * @module
 */
import {
  type DurableObjectNamespaceLike,
  forwardedWebrtc,
  objectStore,
  phone,
  twilio,
  websocket,
  workerWith,
} from "@pipecat/runner/workers";
import { bot } from "./bot.ts";

export { SessionObject } from "@pipecat/runner/workers";

/** The bindings of `wrangler.jsonc`. The runner finds `RUNNER_SECRET` by itself. */
interface Bindings {
  readonly SESSIONS: DurableObjectNamespaceLike;
  readonly MEDIA_NODES: string;
}

const ways = [forwardedWebrtc(), phone(twilio), websocket];

export default workerWith<Bindings>(ways, bot, (env) => ({
  store: objectStore(env.SESSIONS),
  mediaNodes: env.MEDIA_NODES.split(","),
}));

/**
 * What a runner with media nodes forwards: WebRTC's part of `POST /start`, `/api/offer`, and
 * `/sessions/:id/*` of the sessions that a media node owns.
 *
 * @module
 */
import { utf8 } from "../core/bytes.ts";
import { type KeyedHash, keyedHash } from "../core/hash.ts";
import type { Handler } from "hono";
import { RunnerError } from "../core/error.ts";
import { type ClientRequest, clientRequest } from "./client_request.ts";
import { createForwarder } from "./forwarder.ts";
import type { PublicUrlOptions } from "../http/public_url.ts";
import type { Sessions } from "../sessions/session.ts";
import { asksForWebSocket } from "../core/upgrade.ts";
import { createNodes } from "./nodes.ts";
import { probedNodes } from "./probed_nodes.ts";
import { isSelfRoutingId } from "./self_routing_id.ts";
import type { SocketPasser } from "./socket_passer.ts";
import { bodyToForward } from "./kept_body.ts";
import { readBytes, readText } from "../http/body.ts";
import type { AppEnv } from "../http/env.ts";
import { CandidatesRequest, OfferRequest } from "../http/offer_protocol.ts";
import { parseBody } from "../http/protocol.ts";
import type { Starter } from "../http/start.ts";

/** The largest offer, in bytes. */
const MAX_OFFER_BYTES = 1_000_000;

/** What forwarding needs. */
export interface FrontOptions extends PublicUrlOptions {
  /** The secret that is shared with the media nodes. */
  readonly secret: string;
  /** Their origins. */
  readonly mediaNodes: readonly string[];
  /** The sessions of this runner; their limits also apply to forwarded ones. */
  readonly sessions: Sessions;
  /** Makes what forwards WebSockets to them on this host. */
  readonly sockets: (hash: KeyedHash) => SocketPasser;
}

/** What forwards. */
export interface Front {
  /**
   * The starter that lets a media node begin the session; a forwarded request begins it here.
   *
   * @param local The starter of this runner's own WebRTC, if it has one.
   */
  starter(local?: Starter): Starter;
  /** Forwards `/api/offer`. Passes on requests that were forwarded here. */
  readonly offer: Handler<AppEnv>;
  /**
   * Forwards `/sessions/:id/*`, including WebSockets. Passes on what was forwarded here, and what
   * this runner owns.
   */
  readonly session: Handler<AppEnv>;
  /** The WebSockets that pass through here. */
  readonly sockets: SocketPasser;
}

/** Makes what forwards to media nodes. */
export function createFront(options: FrontOptions): Front {
  const { sessions } = options;
  const nodes = createNodes(probedNodes(options.mediaNodes));
  const hash = keyedHash(options.secret);
  const forwarder = createForwarder(hash, nodes);
  const sockets = options.sockets(hash);
  const toLeastLoaded = async (request: ClientRequest): Promise<Response> => {
    const response = await forwarder.toLeastLoaded(request);
    if (response) return response;
    throw new RunnerError("no_media_node", "No media node is ready. Try again soon.", {
      retryAfter: 5,
    });
  };
  return {
    starter: (local) => async (start, context) => {
      if (context.forwarded && local) return await local(start, context);
      const { sessionId, request } = context;
      sessions.dismiss(sessionId); // its place will be elsewhere
      const body = utf8(JSON.stringify({ ...start, transport: "webrtc" }));
      return await toLeastLoaded(clientRequest(request, body, options, context));
    },
    async offer(c, next) {
      if (c.env.forwarded) return await next();
      const text = await readText(c.req.raw, MAX_OFFER_BYTES);
      const schema = c.req.method === "POST" ? OfferRequest : CandidatesRequest;
      const { pc_id } = parseBody<{ readonly pc_id?: string | null | undefined }>(text, schema);
      const request = clientRequest(c.req.raw, utf8(text), options, c.env);
      if (!pc_id) {
        const place = crypto.randomUUID();
        await sessions.admit(place, { client: c.env.client });
        sessions.dismiss(place); // it will be elsewhere
        return await toLeastLoaded(request);
      }
      return await forwarder.toOwner(await forwarder.ownerOf(pc_id), request);
    },
    async session(c, next) {
      const { id = "", path } = c.req.param();
      if (c.env.forwarded || !isSelfRoutingId(id)) return await next();
      const owner = await forwarder.ownerOf(id); // before the body is read, which is costly
      const { raw } = c.req;
      const { platform } = c.env;
      if (platform && asksForWebSocket(raw)) {
        const sent = clientRequest(raw, new Uint8Array(), options, c.env);
        const response = await sockets.forward(owner, { sent, request: raw, platform });
        return response ?? await forwarder.refused(owner);
      }
      const own = path !== "api/offer";
      const body = own ? await bodyToForward(raw) : await readBytes(raw, MAX_OFFER_BYTES);
      const request = clientRequest(raw, body, options, c.env);
      return await forwarder.toOwner(owner, { ...request, own });
    },
    sockets,
  };
}

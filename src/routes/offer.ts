/**
 * WebRTC signaling: `POST` and `PATCH /api/offer`, alone and below `/sessions/:id/`.
 *
 * @module
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Bot } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import type { IceServer, Peer, PeerFactory } from "../core/peer.ts";
import type { Sessions } from "../core/session.ts";
import type { SessionRecord, SessionStore } from "../core/store.ts";
import { serverMessage } from "../rtvi/protocol.ts";
import type { AppEnv } from "./env.ts";
import type { OfferRequest, OfferResponse, WebRTCStartResponse } from "./protocol.ts";
import type { Starter } from "./start.ts";

/** How long a session waits for its offer, and for another one after the last, in ms. */
export const SESSION_TTL_MS = 10 * 60_000;
const MAX_OFFER_BYTES = 1_000_000;
const DEFAULT_ICE_SERVERS: readonly IceServer[] = [{ urls: ["stun:stun.l.google.com:19302"] }];

/** What WebRTC signaling needs. */
export interface OfferRoutesOptions {
  readonly bot: Bot;
  readonly peers: PeerFactory;
  readonly sessions: Sessions;
  readonly store: SessionStore;
}

/** The starter for WebRTC: the session waits in the store until its offer comes. */
export function webrtcStarter(
  store: SessionStore,
  iceServers: readonly IceServer[] = [],
): Starter {
  return async (start, { sessionId }): Promise<WebRTCStartResponse> => {
    const record = { id: sessionId, transport: "webrtc", body: start.body ?? {} } as const;
    await store.put(sessionId, record, SESSION_TTL_MS);
    const servers = iceServers.length > 0
      ? iceServers
      : start.enableDefaultIceServers
      ? DEFAULT_ICE_SERVERS
      : undefined;
    return { sessionId, ...(servers ? { iceConfig: { iceServers: servers } } : {}) };
  };
}

/** The routes that answer offers and take candidates. */
export function offerRoutes({ bot, peers, sessions, store }: OfferRoutesOptions): Hono<AppEnv> {
  const open = new Map<string, Peer>(); // by pc_id; a peer leaves when it closes

  async function answer(offer: OfferRequest, record?: SessionRecord): Promise<Answered> {
    const known = offer.pc_id ? open.get(offer.pc_id) : undefined;
    if (known) {
      const sdp = await known.answer(offer.sdp, { restart: offer.restart_pc ?? false });
      return { response: { sdp, type: "answer", pc_id: known.id } };
    }
    // An unknown pc_id is a client that comes back after its peer has gone: a new run.
    const { peer, sdp } = await peers.answer(`pc_${crypto.randomUUID()}`, offer.sdp);
    open.set(peer.id, peer);
    void peer.closed.then(() => open.delete(peer.id));
    try {
      const { done } = sessions.start({
        id: record?.id ?? crypto.randomUUID(),
        transport: "webrtc",
        body: offer.requestData ?? offer.request_data ?? record?.body ?? {},
        connection: peer,
        run: (context) => bot({ ...context, transport: "webrtc", webrtcConnection: peer }),
        fail: (message) => peer.send(serverMessage("error", { message, fatal: true })),
      });
      return { response: { sdp, type: "answer", pc_id: peer.id }, done };
    } catch (error) {
      peer.close();
      throw error;
    }
  }

  return new Hono<AppEnv>()
    .use("/api/offer", bodyLimit({ maxSize: MAX_OFFER_BYTES, onError: tooLarge }))
    .post("/api/offer", async (c) => {
      const record = c.env.record;
      const { OfferRequest, readBody } = await import("./protocol.ts"); // zod is slow to load
      const offer = await readBody(c.req.raw, OfferRequest);
      const { response, done } = await answer(offer, record);
      if (done) c.env.platform?.waitUntil(done);
      if (record) await store.extend(record.id, SESSION_TTL_MS);
      return c.json(response);
    })
    .patch("/api/offer", async (c) => {
      const { CandidatesRequest, readBody } = await import("./protocol.ts");
      const { pc_id, candidates } = await readBody(c.req.raw, CandidatesRequest);
      const peer = open.get(pc_id);
      if (!peer) {
        throw new RunnerError("unknown_peer", "Peer connection not found.", { status: 404 });
      }
      for (const { candidate, sdp_mid, sdp_mline_index } of candidates) {
        await peer.addIceCandidate({
          candidate,
          sdpMid: sdp_mid ?? null,
          sdpMLineIndex: sdp_mline_index ?? null,
        });
      }
      return c.json({ status: "success" });
    });
}

interface Answered {
  readonly response: OfferResponse;
  /** Settles when the bot is done; absent for a renegotiation. */
  readonly done?: Promise<void>;
}

function tooLarge(): never {
  throw new RunnerError("too_large", `The body is larger than ${MAX_OFFER_BYTES} bytes.`, {
    status: 413,
  });
}

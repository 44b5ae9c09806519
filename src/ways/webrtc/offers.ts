/**
 * WebRTC signaling: `POST` and `PATCH /api/offer`, alone and below `/sessions/:id/`.
 *
 * @module
 */
import { getLogger, inSession } from "../../core/log.ts";
import type { Context } from "hono";
import { createArrivals } from "../../sessions/arrivals.ts";
import type { Bot } from "../../core/bot.ts";
import { RunnerError } from "../../core/error.ts";
import { sessionGone } from "../../nodes/network.ts";
import type { Peer, PeerFactory } from "../../core/peer.ts";
import type { Sessions } from "../../sessions/session.ts";
import { sessionKey, type SessionStore } from "../../sessions/store.ts";
import { serverMessage } from "../../rtvi/protocol.ts";
import { peerArguments } from "../../transports/peer_arguments.ts";
import type { AppEnv } from "../../http/env.ts";
import { CandidatesRequest, OfferRequest, type OfferResponse } from "../../http/offer_protocol.ts";
import { readBody } from "../../http/protocol.ts";
import { SESSION_TTL_MS } from "./starter.ts";

const MAX_OFFER_BYTES = 1_000_000;

const logger = getLogger(["pipecat", "runner", "session"]);

/** What WebRTC signaling needs. */
export interface OffersOptions {
  readonly bot: Bot;
  readonly peers: PeerFactory;
  readonly sessions: Sessions;
  readonly store: SessionStore;
}

/** What answers offers, and takes candidates. */
export interface Offers {
  /** Answers `POST /api/offer`. */
  answer(c: Context<AppEnv>): Promise<Response>;
  /** Answers `PATCH /api/offer`. */
  addCandidates(c: Context<AppEnv>): Promise<Response>;
}

/** Makes what answers the offers of a runner. */
export function createOffers({ bot, peers, sessions, store }: OffersOptions): Offers {
  const open = new Map<string, Peer>(); // by pc_id; a peer leaves when it closes
  const arrivals = createArrivals();
  void sessions.closing.then(() => arrivals.close());

  async function answerOffer(
    offer: OfferRequest,
    { record, receivedAt, forwarded, client, platform }: AppEnv["Bindings"],
  ): Promise<Answered> {
    const known = offer.pc_id ? open.get(offer.pc_id) : undefined;
    if (known) {
      const sdp = await known.answer(offer.sdp, { restart: offer.restart_pc ?? false });
      return { response: { sdp, type: "answer", pc_id: known.id } };
    }
    // An unknown pc_id is a client that comes back after its peer has gone: a new run.
    const sessionId = record?.id ?? await forwarded?.newId("") ?? await sessions.newId();
    const peerId = await forwarded?.newId("pc_") ?? await sessions.newId("pc_");
    const visit = { client, promised: record !== undefined, bound: true };
    const arrival = arrivals.expect(sessionId, client?.());
    const reserving = inSession(
      sessionId,
      () =>
        sessions.reserve(sessionId, visit, () => peers.answer(peerId, offer.sdp, { sessionId })),
    );
    reserving.catch(() => arrival.end());
    const { peer, sdp } = await reserving;
    open.set(peer.id, peer);
    void peer.closed.then(() => open.delete(peer.id));
    const begin = (): Promise<void> => {
      try {
        return sessions.start({
          id: sessionId,
          transport: "webrtc",
          body: offer.requestData ?? offer.request_data ?? record?.body ?? {},
          connection: peer,
          run: (context) => bot(peerArguments(context, peer, platform?.clock)),
          fail: (message) => peer.send(serverMessage("error", { error: message, fatal: true })),
          receivedAt,
          traceparent: record?.traceparent,
        }).done;
      } catch (error) {
        peer.close();
        throw error;
      }
    };
    const beginWhenReached = async (): Promise<void> => {
      const givenUp = await arrival.at(peer);
      try {
        if (!givenUp) return await begin();
        sessions.dismiss(sessionId);
        const { reason } = givenUp;
        logger.warn("Session {sessionId} did not begin: {reason}", { sessionId, reason });
      } catch (error) {
        logger.warn("Session {sessionId} could not begin: {error}", { sessionId, error });
      }
    };
    if (!peer.reached) arrival.end();
    const done = peer.reached ? beginWhenReached() : begin();
    return { response: { sdp, type: "answer", pc_id: peer.id }, done };
  }

  return {
    async answer(c) {
      const record = c.env.record;
      const offer = await readBody(c.req.raw, OfferRequest, MAX_OFFER_BYTES);
      const { response, done } = await answerOffer(offer, c.env);
      if (done) c.env.platform?.waitUntil(done);
      // It has begun: a failing store costs it another visit, but not this one.
      if (record) await store.extend(sessionKey(record.id), SESSION_TTL_MS).catch(() => {});
      return c.json(response);
    },
    async addCandidates(c) {
      const { pc_id, candidates } = await readBody(c.req.raw, CandidatesRequest, MAX_OFFER_BYTES);
      const peer = open.get(pc_id);
      if (!peer) {
        if (c.env.forwarded || c.env.issued) throw sessionGone();
        throw new RunnerError("unknown_peer", "Peer connection not found.");
      }
      for (const { candidate, sdp_mid, sdp_mline_index } of candidates) {
        await peer.addIceCandidate({
          candidate,
          sdpMid: sdp_mid ?? null,
          sdpMLineIndex: sdp_mline_index ?? null,
        });
      }
      return c.json({ status: "success" });
    },
  };
}

interface Answered {
  readonly response: OfferResponse;
  /** Settles when the bot is done; absent for a renegotiation. */
  readonly done?: Promise<void>;
}

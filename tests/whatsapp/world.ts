/**
 * A runner for calls by WhatsApp, and a strict server in the place of Meta's.
 *
 * @module
 */
import type { Bot, RunnerArguments } from "../../src/core/bot.ts";
import { RunnerError } from "../../src/core/error.ts";
import type { PeerFactory } from "../../src/core/peer.ts";
import { createRunner, type Runner } from "../../src/runner.ts";
import { type FakePeer, fakePeer } from "../support/fake_peers.ts";
import { type GraphServer, graphServer } from "../support/graph_server.ts";
import { CALLER, notification, notify, ringing, value } from "./meta.ts";

export const OFFER = "v=0\r\na=setup:actpass\r\n";
export const ANSWER = [
  "v=0",
  "a=fingerprint:sha-512 00:11",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 126",
  "a=ice-ufrag:f665",
  "a=ice-pwd:b6818b95623aa7779bef9f",
  "a=fingerprint:sha-256 AB:CD",
  "a=fingerprint:SHA-384 22:33",
  "a=setup:active",
  "a=rtpmap:111 opus/48000/2",
  "",
].join("\r\n");

/** Peers that answer as ours do, were their fingerprints more. */
export function phonePeers() {
  const peers: FakePeer[] = [];
  const offers: string[] = [];
  const flowing: boolean[] = [];
  const factory: PeerFactory = {
    answer(id, sdp, { mediaAfter } = {}) {
      if (!sdp.startsWith("v=0")) throw new RunnerError("invalid_offer", "The SDP is no offer.");
      const peer = fakePeer(id, sdp);
      const index = peers.push(peer) - 1;
      offers.push(sdp);
      flowing.push(mediaAfter === undefined);
      void mediaAfter?.then(() => flowing[index] = true);
      return Promise.resolve({ peer, sdp: ANSWER });
    },
  };
  return { factory, peers, offers, flowing };
}

export interface World extends AsyncDisposable {
  readonly graph: GraphServer;
  readonly runner: Runner;
  readonly peers: readonly FakePeer[];
  readonly offers: readonly string[];
  /** Whether media may flow on each peer. */
  readonly flowing: readonly boolean[];
  /** What each bot was called with. */
  readonly started: readonly RunnerArguments[];
}

/** A runner beside Meta; its bots stay until their session ends, unless another one is given. */
export function world(bot: Bot = stay): World {
  const graph = graphServer();
  const { factory, peers, offers, flowing } = phonePeers();
  const started: RunnerArguments[] = [];
  const runner = createRunner((args) => {
    started.push(args);
    return bot(args);
  }, { webrtc: factory, whatsapp: true, environment: graph.environment });
  return {
    graph,
    runner,
    peers,
    offers,
    flowing,
    started,
    async [Symbol.asyncDispose]() {
      await runner.close();
      await graph[Symbol.asyncDispose]();
    },
  };
}

export async function stay({ signal }: RunnerArguments): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

export async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 5000; !condition();) {
    if (performance.now() > end) throw new Error("It did not happen");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Lets a call ring. */
export function ring({ graph, runner }: World, id: string, sdp = OFFER) {
  graph.ring({ id, from: CALLER });
  return notify(runner, notification(value([ringing(id, sdp)])));
}

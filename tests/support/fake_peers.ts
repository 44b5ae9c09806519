/**
 * Peers without WebRTC, for tests of everything around it.
 */
import { boundedReadable } from "../../src/core/bounded_readable.ts";
import type { CloseInfo } from "../../src/core/duplex.ts";
import { RunnerError } from "../../src/core/error.ts";
import type { Frame } from "../../src/core/frame.ts";
import { messageIntake } from "../../src/core/message_intake.ts";
import type { IceCandidate, Peer, PeerFactory } from "../../src/core/peer.ts";

/** A peer whose other end the test plays. */
export interface FakePeer extends Peer {
  readonly offers: { sdp: string; restart: boolean }[];
  readonly candidates: IceCandidate[];
  readonly sent: unknown[];
  readonly written: Frame[];
  /** The client comes, where its peer is made to wait for that. */
  come(): void;
  /** The client sends a frame. */
  arrive(frame: Frame): void;
  readonly isClosed: boolean;
}

/**
 * A factory that refuses any SDP but those which begin with `v=0`.
 *
 * @param options.late Whether clients come only when the test says so.
 */
export function fakePeers(
  { late = false }: { readonly late?: boolean } = {},
): PeerFactory & { readonly peers: FakePeer[] } {
  const peers: FakePeer[] = [];
  return {
    peers,
    answer(id, sdp) {
      check(sdp);
      const peer = fakePeer(id, sdp, late);
      peers.push(peer);
      return Promise.resolve({ peer, sdp: `v=0 answer to ${sdp}` });
    },
  };
}

function check(sdp: string): void {
  if (!sdp.startsWith("v=0")) throw new RunnerError("invalid_offer", "The SDP cannot be used.");
}

/** A peer of its own, answered already. */
export function fakePeer(id = "pc_1", sdp = "v=0", late = false): FakePeer {
  const incoming = boundedReadable<Frame>(1000);
  const { promise: closed, resolve } = Promise.withResolvers<CloseInfo>();
  const messages = messageIntake((data) => incoming.push({ type: "message", data }));
  const reached = Promise.withResolvers<void>();
  let over = false;
  const peer: FakePeer = {
    id,
    offers: [{ sdp, restart: false }],
    candidates: [],
    sent: [],
    written: [],
    ...(late ? { reached: reached.promise } : {}),
    ready: Promise.resolve(),
    readable: incoming.readable,
    writable: new WritableStream<Frame>({
      write(frame) {
        peer.written.push(frame);
      },
    }),
    closed,
    get isClosed() {
      return over;
    },
    configure() {},
    send: (data) => void peer.sent.push(data),
    intercept: messages.intercept,
    playback: {
      writtenMs: 0,
      overMs: 0,
      heardMs: () => 0,
      watch() {},
      pause() {},
      resume() {},
      accompany() {},
      play(frame) {
        peer.written.push(frame);
        return undefined;
      },
      interrupt() {},
      drained: () => Promise.resolve(0),
    },
    answer(sdp, { restart = false } = {}) {
      check(sdp);
      peer.offers.push({ sdp, restart });
      return Promise.resolve(`v=0 answer to ${sdp}`);
    },
    addIceCandidate(candidate) {
      peer.candidates.push(candidate);
      return Promise.resolve();
    },
    come: () => reached.resolve(),
    arrive(frame) {
      if (frame.type === "message") messages.take(frame.data);
      else incoming.push(frame);
    },
    close(info = {}) {
      if (over) return;
      over = true;
      incoming.end();
      resolve(info);
    },
    [Symbol.asyncDispose]() {
      peer.close();
      return Promise.resolve();
    },
  };
  return peer;
}

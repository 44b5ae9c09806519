/**
 * A WebRTC stack without a network: its peers talk to callers in this process.
 *
 * @module
 */
import { toMono } from "../audio/channels.ts";
import { createTicker } from "../audio/ticker.ts";
import { observed } from "../core/call_observer.ts";
import type { Message, Socket } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import { FRAME_MS } from "../core/frame.ts";
import { incomingFrames } from "../core/incoming_frames.ts";
import { getLogger } from "../core/log.ts";
import { messageIntake } from "../core/message_intake.ts";
import type { Peer, PeerFactory } from "../core/peer.ts";
import { decodeFrame, encodeAudio, encodeMessage } from "../serializers/protobuf.ts";
import { frameMaker } from "../transports/frame_maker.ts";
import { closeSoon } from "../transports/transport.ts";
import { createVoice } from "../transports/voice.ts";
import type { CallClock } from "./clock.ts";
import { socketPair } from "./socket_pair.ts";

/** The rate of WebRTC's sound, in Hz. */
export const PEER_RATE = 48_000;
/** The beginning of this stack's offers, before a number. */
const OFFER = "memory:";

const logger = getLogger(["pipecat", "runner", "webrtc"]);

interface Waiting {
  readonly socket: Socket;
  readonly clock: CallClock;
}

/** Who has offered a call and has no answer yet; whoever offers also withdraws. */
const waiting = new Map<string, Waiting>();

/** Offers a call to the peers of this process. */
export function offerCall(clock: CallClock): {
  /** Stands for the SDP. */
  readonly sdp: string;
  /** The caller's end: Pipecat's protobuf frames. */
  readonly socket: Socket;
  /** Withdraws the offer, if nobody has answered it. */
  withdraw(): void;
} {
  const sdp = `${OFFER}${crypto.randomUUID()}`;
  const [socket, other] = socketPair();
  waiting.set(sdp, { socket: other, clock });
  return { sdp, socket, withdraw: () => void waiting.delete(sdp) };
}

/**
 * Makes the WebRTC stack of a runner under test. The bot sees a WebRTC call, without the network:
 * ICE, DTLS, Opus and video.
 *
 * @example
 * ```ts
 * import { createRunner, createTransport } from "@pipecat/runner";
 * import { callWebRtc, memoryPeers } from "@pipecat/runner/testing";
 *
 * const runner = createRunner(async (args) => {
 *   await using transport = await createTransport(args);
 *   await transport.readable.pipeTo(transport.writable);
 * }, { webrtc: memoryPeers() });
 * await using caller = await callWebRtc(runner, { pace: "virtual" });
 * await caller.say(new Int16Array(48_000).fill(1000));
 * console.log(await caller.untilSpeech());
 * ```
 */
export function memoryPeers(): PeerFactory {
  return {
    answer(id, sdp) {
      const offered = waiting.get(sdp);
      waiting.delete(sdp);
      if (offered) return Promise.resolve({ peer: createPeer(id, offered), sdp });
      return Promise.reject(
        new RunnerError("invalid_offer", "Only callWebRtc of this process can call these peers."),
      );
    },
  };
}

function createPeer(id: string, { socket, clock }: Waiting): Peer {
  const incoming = incomingFrames(logger.with({ id }));
  const watching = observed();
  const messages = messageIntake((data) => incoming.push({ type: "message", data }));
  let toFrame = frameMaker({});
  let received = 0;
  const voice = createVoice<Message>({
    observed: watching,
    sampleRate: PEER_RATE,
    serializer: {
      size: { min: 1, max: PEER_RATE * FRAME_MS / 1000, multiple: 1 },
      media: (samples) => encodeAudio({ samples, sampleRate: PEER_RATE, channels: 1 }),
      message: encodeMessage,
    },
    send: (message) => socket.send(message),
    losses: () => incoming.dropped,
    clock,
    ticker: createTicker(FRAME_MS, clock),
  });
  socket.receive((message) => {
    const frame = typeof message === "string" ? undefined : decodeFrame(message);
    if (frame?.type === "message") messages.take(frame.data);
    if (frame?.type !== "audio") return;
    received++;
    const { samples, channels, sampleRate } = frame;
    watching.observer?.heard({ samples: toMono(samples, channels), sampleRate, at: clock.now() });
    incoming.push(toFrame(frame));
  });
  void socket.closed.then(() => {
    incoming.end();
    voice.end();
  });
  const { playback } = voice;
  return {
    id,
    incoming,
    ready: Promise.resolve(),
    writable: voice.writable,
    closed: socket.closed,
    get readable() {
      return incoming.readable;
    },
    get received() {
      return received;
    },
    playback,
    configure: ({ sampleRate, channels }) => {
      toFrame = frameMaker({ audioInSampleRate: sampleRate, audioInChannels: channels });
    },
    send: (data) => socket.send(encodeMessage(data)),
    intercept: messages.intercept,
    observe: watching.observe,
    answer: () => Promise.reject(new RunnerError("invalid_offer", "These peers answer once.")),
    addIceCandidate: () => Promise.resolve(),
    close: (info) => socket.close(info),
    async [Symbol.asyncDispose]() {
      await playback.drained();
      closeSoon(socket);
      await socket.closed;
    },
  };
}

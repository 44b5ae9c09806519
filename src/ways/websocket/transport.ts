/**
 * A client on a plain WebSocket as a transport: Pipecat's protobuf frames, RTVI among them.
 *
 * The browser's client plays whatever it was sent and has no way to be told to stop. So audio is sent
 * a tenth of a second ahead and no more: that much is still heard after an interruption.
 *
 * @module
 */
import { getLogger } from "../../core/log.ts";
import { toMono } from "../../audio/channels.ts";
import { audioFaultsOf } from "../../core/audio_faults.ts";
import type { PlainWebSocketRunnerArguments } from "../../core/bot.ts";
import { observed } from "../../core/call_observer.ts";
import type { Message } from "../../core/duplex.ts";
import { audioDuration } from "../../core/frame.ts";
import { incomingFrames } from "../../core/incoming_frames.ts";
import { rtviEndpoint } from "../../rtvi/endpoint.ts";
import { decodeFrame, encodeAudio, encodeMessage } from "../../serializers/protobuf.ts";
import { frameMaker } from "../../transports/frame_maker.ts";
import { createVoice } from "../../transports/voice.ts";
import { HOST_TIME, type Time } from "../../transports/time.ts";
import { completeTransport } from "../../transports/complete.ts";
import { closeSoon, type Transport, type TransportParams } from "../../transports/transport.ts";
import { countUnusable } from "../../transports/unusable.ts";

const logger = getLogger(["pipecat", "runner", "websocket"]);

/** The default rate at which the browser's client plays, in Hz. */
const CLIENT_OUT_RATE = 24_000;
/** The client's own limit, in bytes. */
const LARGEST_MESSAGE = 1 << 20;
const LONGEST_AUDIO_MS = 2000;
/** A client that leaves this much unread, in bytes, is gone: 20 s of audio. */
const MOST_UNREAD = 1 << 20;
/**
 * The browser's client plays blocks of this many samples, and keeps the rest until more arrives.
 */
const BLOCK = 128;
/** The most audio in one message, in blocks. */
const MOST_BLOCKS = 20;
/** The client hears audio about this much later than it is due, in ms. */
const LATENCY_MS = 100;

/** Makes the transport of a client on a plain WebSocket. */
export function websocketTransport(
  args: PlainWebSocketRunnerArguments,
  params: TransportParams = {},
  { clock, ticker }: Time = HOST_TIME,
): Transport {
  const { websocket: socket, sessionId } = args;
  const { audioOutSampleRate = CLIENT_OUT_RATE, rtvi = "auto" } = params;
  const faults = audioFaultsOf("websocket");
  const incoming = incomingFrames(logger.with({ sessionId }), faults);
  const toFrame = frameMaker(params);
  const unusable = countUnusable(logger, { sessionId, transport: "websocket" });

  const send = (message: Message) => {
    socket.send(message);
    if (socket.bufferedAmount > MOST_UNREAD) {
      socket.close({ closeCode: 1008, reason: "Messages are not being read", by: "user" });
    }
  };
  const watching = observed();
  const voice = createVoice({
    observed: watching,
    sampleRate: audioOutSampleRate,
    serializer: {
      size: { min: BLOCK, max: MOST_BLOCKS * BLOCK, multiple: BLOCK },
      media: (samples) => encodeAudio({ samples, sampleRate: audioOutSampleRate, channels: 1 }),
      message: encodeMessage,
      latencyMs: LATENCY_MS,
    },
    send,
    losses: () => incoming.dropped,
    faults,
    clock,
    ticker,
  });
  const endpoint = rtviEndpoint({
    observed: watching,
    send: (message) => send(encodeMessage(message)),
    handshake: rtvi === "auto",
    capabilities: params.capabilities,
    press: (digit) => incoming.push({ type: "dtmf", digit }),
    disconnect: () => socket.close({ reason: "The client said disconnect-bot", by: "user" }),
  });
  void socket.closed.then(() => {
    incoming.end();
    voice.end();
    endpoint.end();
    unusable.end();
  });
  socket.receive((message) => {
    if (typeof message === "string") return unusable.skip("text; Pipecat's frames are binary");
    if (message.length > LARGEST_MESSAGE) return unusable.skip("a message that is too large");
    const frame = decodeFrame(message);
    switch (frame.type) {
      case "audio":
        if (audioDuration(frame) > LONGEST_AUDIO_MS) {
          return unusable.skip("audio of more than 2 s at once");
        }
        watching.observer?.heard({
          samples: toMono(frame.samples, frame.channels),
          sampleRate: frame.sampleRate,
          at: clock.now(),
        });
        return incoming.push(toFrame(frame));
      case "message":
        if (!endpoint.receive(frame.data)) incoming.push(frame);
        return;
      case "ignored":
        return;
      case "malformed":
        return unusable.skip(frame.detail);
      default:
        return frame satisfies never;
    }
  });
  return completeTransport({
    name: "websocket",
    incoming,
    writable: voice.writable,
    closed: socket.closed,
    playback: voice.playback,
    clock,
    rtvi: endpoint.channel,
    tells: rtvi === "manual" ? "nobody" : "client",
    observe: watching.observe,
    close: (info) => socket.close(info),
    end: () => closeSoon(socket),
  });
}

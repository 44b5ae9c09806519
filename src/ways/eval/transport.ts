/**
 * Pipecat's eval harness as a transport: RTVI as JSON text, with audio in it, and some messages of the
 * harness's own.
 *
 * @module
 */
import { audioFaultsOf } from "../../core/audio_faults.ts";
import type { EvalRunnerArguments } from "../../core/bot.ts";
import { observed } from "../../core/call_observer.ts";
import type { Message } from "../../core/duplex.ts";
import { audioDuration } from "../../core/frame.ts";
import { incomingFrames } from "../../core/incoming_frames.ts";
import { parseJson } from "../../core/json.ts";
import { getLogger } from "../../core/log.ts";
import { toMono } from "../../audio/channels.ts";
import { base64FromSamples } from "../../audio/pcm.ts";
import { rtviEndpoint } from "../../rtvi/endpoint.ts";
import { completeTransport } from "../../transports/complete.ts";
import { frameMaker } from "../../transports/frame_maker.ts";
import { HOST_TIME, type Time } from "../../transports/time.ts";
import { closeSoon, type Transport, type TransportParams } from "../../transports/transport.ts";
import { createVoice } from "../../transports/voice.ts";
import { evalMessage, readHarness } from "./messages.ts";
import { evalPictures } from "./pictures.ts";
import { withReplies } from "./reply.ts";
import { silentVoice } from "./silence.ts";

const logger = getLogger(["pipecat", "runner", "eval"]);

/** What the harness hears unless the bot says otherwise, in Hz. */
const OUT_RATE = 24_000;
/** The longest message, in characters: a picture of some MB is one. */
const LONGEST_MESSAGE = 16 << 20;
const LONGEST_AUDIO_MS = 2000;
/** The most audio in one message, in samples of {@link OUT_RATE}: 40 ms. */
const PIECE = 960;
/** A harness that leaves this much unread, in bytes, is gone. */
const MOST_UNREAD = 4 << 20;

/** Makes the transport of an eval. */
export function evalTransport(
  { websocket: socket, sessionId, flags }: EvalRunnerArguments,
  params: TransportParams = {},
  { clock, ticker }: Time = HOST_TIME,
): Transport {
  const { audioOutSampleRate = OUT_RATE, rtvi = "auto" } = params;
  const faults = audioFaultsOf("eval");
  const incoming = incomingFrames(logger.with({ sessionId }), faults);
  const toFrame = frameMaker(params);
  const watching = observed();
  let unusable = 0;

  const send = (message: unknown) => {
    if (message === undefined) return;
    socket.send(JSON.stringify(message));
    if (socket.bufferedAmount > MOST_UNREAD) {
      socket.close({ closeCode: 1008, reason: "Messages are not being read", by: "user" });
    }
  };
  const spoken = (samples: Int16Array) =>
    evalMessage("eval-bot-audio", {
      audio: base64FromSamples(samples),
      sampleRate: audioOutSampleRate,
    });
  const voice = flags.skipTts ? silentVoice(send) : createVoice<unknown>({
    observed: watching,
    sampleRate: audioOutSampleRate,
    serializer: {
      size: { min: 1, max: PIECE, multiple: 1 },
      media: (samples) => flags.captureBotAudio ? spoken(samples) : undefined,
      message: (data) => data,
      latencyMs: 0,
    },
    send,
    losses: () => incoming.dropped,
    faults,
    clock,
    ticker,
  });
  const pictures = evalPictures((picture) => {
    if (flags.captureBotImages) send(evalMessage("eval-bot-image", picture));
  });
  const endpoint = rtviEndpoint({
    observed: watching,
    send: withReplies(send),
    handshake: rtvi === "auto",
    capabilities: { video_in: true, video_out: true, ...params.capabilities },
    press: (digit) => incoming.push({ type: "dtmf", digit }),
    disconnect: () => socket.close({ reason: "The harness said disconnect-bot", by: "user" }),
  });

  void socket.closed.then(() => {
    incoming.end();
    voice.end();
    endpoint.end();
  });
  const receive = (message: Message) => {
    if (message.length > LONGEST_MESSAGE) return skip("a message that is too long");
    const text = typeof message === "string" ? message : new TextDecoder().decode(message);
    const data = parseJson(text);
    const read = readHarness(data);
    switch (read.kind) {
      case "audio": {
        const { frame } = read;
        if (audioDuration(frame) > LONGEST_AUDIO_MS) return skip("audio of more than 2 s at once");
        watching.observer?.heard({
          samples: toMono(frame.samples, frame.channels),
          sampleRate: frame.sampleRate,
          at: clock.now(),
        });
        return incoming.push(toFrame(frame));
      }
      case "picture":
        if (!pictures.hold(read.data)) endpoint.receive(read.file);
        return;
      case "cancel":
        return socket.close({ closeCode: 1000, reason: "The eval is over", by: "user" });
      case "ignored":
        return;
      case "malformed":
        return skip(read.detail);
      case "message":
        if (!endpoint.receive(read.data)) incoming.push({ type: "message", data: read.data });
        return;
      default:
        return read satisfies never;
    }
  };
  const skip = (detail: string) => {
    if (unusable++ > 0) return;
    logger.warn(
      "Session {sessionId}: the harness sent an unusable message: {detail}; further ones are not logged",
      { sessionId, detail },
    );
  };
  socket.receive(receive);
  return completeTransport({
    name: "eval",
    incoming,
    writable: voice.writable,
    closed: socket.closed,
    playback: voice.playback,
    video: pictures,
    rtvi: endpoint.channel,
    tells: rtvi === "manual" ? "nobody" : "client",
    observe: watching.observe,
    close: (info) => socket.close(info),
    clock,
    end: () => closeSoon(socket),
  });
}

/**
 * A LiveKit room as a transport, over the library `@livekit/rtc-node`.
 *
 * As in Pipecat, RTVI and app messages are JSON in reliable data packets without a topic, and keys are
 * those of SIP participants.
 *
 * @module
 */
import { parseJson } from "../../core/json.ts";
import { isKey, KEYS } from "../../core/keys.ts";
import { getLogger } from "../../core/log.ts";
import { toMono } from "../../audio/channels.ts";
import { audioFaultsOf } from "../../core/audio_faults.ts";
import { observed } from "../../core/call_observer.ts";
import type { LiveKitRunnerArguments } from "../../core/bot.ts";
import type { CloseInfo } from "../../core/duplex.ts";
import type { LiveKitAccess } from "./rtc.ts";
import { RunnerError } from "../../core/error.ts";
import type { AudioFrame } from "../../core/frame.ts";
import { incomingFrames } from "../../core/incoming_frames.ts";
import { within } from "../../core/wait.ts";
import { rtviEndpoint } from "../../rtvi/endpoint.ts";
import { createEar } from "./ear.ts";
import { type JoinedRoom, joinRoom } from "./room.ts";
import { createVoice } from "../../transports/voice.ts";
import { HOST_TIME, type Time } from "../../transports/time.ts";
import { completeTransport } from "../../transports/complete.ts";
import type { Transport, TransportParams } from "../../transports/transport.ts";

const logger = getLogger(["pipecat", "runner", "livekit"]);

/** The rate that LiveKit's Opus works at, in Hz. */
const OUT_RATE = 48_000;
/** The library takes audio in pieces of 10 ms. */
const PIECE = OUT_RATE / 100;
const MOST_PIECES = 10;
/** What the library and the user's jitter buffer add before audio is heard, in ms. */
const LATENCY_MS = 150;
/** How long the bot waits in an empty room, in ms. */
const ALONE_MS = 5 * 60_000;
/** How long a user who has come may take to subscribe to the bot's audio, in ms. */
const SUBSCRIBE_MS = 2000;
/** `TrackSource.SOURCE_MICROPHONE`. */
const MICROPHONE = 2;

/** Runs one command of the library. */
type Send = () => void;

/**
 * Joins the session's room; resolves when the user has joined and hears the bot.
 *
 * @throws {RunnerError} `package_missing` if the library cannot be loaded, `room_not_joined` if the
 * server does not admit the bot, and `nobody_came` after five minutes alone.
 */
export async function livekitTransport(
  args: LiveKitRunnerArguments,
  livekit: LiveKitAccess,
  params: TransportParams = {},
  { clock, ticker }: Time = HOST_TIME,
): Promise<Transport> {
  const { signal, sessionId } = args;
  const rtc = await livekit.load();
  signal.throwIfAborted();

  const { rtvi = "auto" } = params;
  const faults = audioFaultsOf("livekit");
  const incoming = incomingFrames(logger.with({ sessionId }), faults);
  const source = new rtc.AudioSource(OUT_RATE, 1);
  const { promise: closed, resolve: nowClosed } = Promise.withResolvers<CloseInfo>();
  let joined: JoinedRoom | undefined;
  let over = false;
  let gone: Promise<void> | undefined;
  let unusable = 0;

  const about = { sessionId };
  const attempt = async (what: string, command: () => Promise<void> | undefined) => {
    try {
      await command();
    } catch (error) {
      // What fails because the room is left has not failed.
      if (!over) {
        logger.warn("Session {sessionId}: {what} failed: {error}", { ...about, what, error });
      }
    }
  };
  const capture = (samples: Int16Array) => {
    // The library reads the whole buffer, from its beginning.
    const frame = new rtc.AudioFrame(samples.slice(), OUT_RATE, 1, samples.length);
    void attempt("playing audio", () => source.captureFrame(frame));
  };
  const send = (data: unknown) => {
    const user = joined?.user;
    if (over || user === undefined) return;
    const bytes = new TextEncoder().encode(JSON.stringify(data));
    const to = { reliable: true, destination_identities: [user] };
    void attempt("sending a message", () => joined?.bot.publishData(bytes, to));
  };
  const watching = observed();
  const voice = createVoice<Send>({
    observed: watching,
    sampleRate: OUT_RATE,
    serializer: {
      size: { min: PIECE, max: MOST_PIECES * PIECE, multiple: PIECE },
      latencyMs: LATENCY_MS,
      media: (samples) => () => capture(samples),
      clear: () => () => source.clearQueue(),
      dtmf: (digit) => () => {
        void attempt("pressing a key", () => joined?.bot.publishDtmf(KEYS.indexOf(digit), digit));
      },
      message: (data) => () => send(data),
    },
    send: (command) => {
      if (!over) command();
    },
    losses: () => incoming.dropped,
    faults,
    clock,
    ticker,
  });
  const endpoint = rtviEndpoint({
    observed: watching,
    send,
    handshake: rtvi === "auto",
    capabilities: params.capabilities,
    press: (digit) => incoming.push({ type: "dtmf", digit }),
    disconnect: () => close({ reason: "The client said disconnect-bot", by: "user" }),
  });
  const hear = (frame: AudioFrame) => {
    const { samples, channels, sampleRate, timestamp } = frame;
    const sound = { samples: toMono(samples, channels), sampleRate, at: clock.now(), timestamp };
    watching.observer?.heard(sound);
    incoming.push(frame);
  };
  const ear = createEar(rtc, params, clock, hear, about);

  const close = (info: CloseInfo = {}) => {
    if (over) return;
    over = true;
    signal.removeEventListener("abort", abort);
    voice.end();
    incoming.end();
    endpoint.end();
    ear.end();
    nowClosed(info);
    livekit.end(info);
    gone = (async () => {
      await joined?.leave();
      await source.close();
    })();
  };
  const abort = () => close({ closeCode: 1001, reason: "The session has ended" });
  const receive = (bytes: Uint8Array) => {
    const message = parseObject(bytes);
    if (message === undefined) {
      if (unusable++ === 0) {
        logger.warn("Session {sessionId}: data that is not a JSON object", about);
      }
    } else if (!endpoint.receive(message, joined?.user)) {
      incoming.push({ type: "message", data: message });
    }
  };

  signal.addEventListener("abort", abort);
  try {
    joined = await joinRoom(rtc, args, {
      onTrack: ear.listen,
      onData: receive,
      onKey: (digit) => {
        if (!isKey(digit)) return;
        watching.observer?.key("user", digit);
        incoming.push({ type: "dtmf", digit });
      },
      onEnd: close,
    });
    const microphone = rtc.LocalAudioTrack.createAudioTrack("pipecat-audio", source);
    const options = new rtc.TrackPublishOptions({ source: MICROPHONE });
    const track = await joined.bot.publishTrack(microphone, options);
    logger.debug("Session {sessionId} waits in its room", about);
    if (!await within(ALONE_MS, Promise.race([joined.met, closed]))) {
      close({ closeCode: 1000, reason: "Nobody came" });
      throw new RunnerError("nobody_came", "Nobody joined the room within five minutes.");
    }
    await within(SUBSCRIBE_MS, Promise.race([track.waitForSubscription(), closed]));
    if (over) throw new RunnerError("session_ended", "The session has ended before it began.");
  } catch (error) {
    close({ closeCode: 1006, reason: "The room was not joined" });
    // A session that ended meanwhile: the room is joined, and must not be left open.
    await joined?.leave();
    throw error;
  }
  return completeTransport({
    name: "livekit",
    incoming,
    writable: voice.writable,
    closed,
    playback: voice.playback,
    clock,
    rtvi: endpoint.channel,
    tells: rtvi === "manual" ? "nobody" : "client",
    observe: watching.observe,
    close: (info) => close({ by: "bot", ...info }),
    async end() {
      close({ by: "bot" });
      await gone;
    },
  });
}

function parseObject(bytes: Uint8Array): object | undefined {
  const value = parseJson(new TextDecoder().decode(bytes));
  return typeof value === "object" && value !== null ? value : undefined;
}

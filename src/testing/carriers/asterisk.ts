/**
 * Asterisk's WebSocket channel, seen from Asterisk's side: `Dial(WebSocket/bot/c(slin16)f(json)…)`.
 *
 * @module
 */
import { encodeBase64 } from "../../core/base64.ts";
import { randomHex, utf8 } from "../../core/bytes.ts";
import { decodeSamples, encodeSamples } from "../codec.ts";
import {
  type CallParties,
  type CarrierLine,
  type ServerAction,
  type SimulatedCarrier,
  type StreamOrder,
  Violation,
} from "../simulated_carrier.ts";
import { readMessage, readName } from "../strict_message.ts";

const CHUNK_MS = 20;
const SAMPLE_RATE = 16_000;
/** Asterisk keeps this many frames, and drops what comes after them. */
const MAX_FRAMES = 1000;
const MAX_BYTES = 65_535;
const MAX_TEXT = 128;
const COMPLETED = "MEDIA_BUFFERING_COMPLETED";
const SHAPES = {
  STOP_MEDIA_BUFFERING: ["correlation_id"],
  MARK_MEDIA: ["correlation_id"],
  FLUSH_MEDIA: [],
} as const;

/** Asterisk. Its secret is `USERNAME:PASSWORD`, sent as Basic authentication with the handshake. */
export const asterisk: SimulatedCarrier = {
  name: "asterisk",
  title: "Asterisk",
  namesTracks: false,
  secretOf({ ASTERISK_STREAM_USERNAME: user, ASTERISK_STREAM_PASSWORD: password }) {
    return user !== undefined && password !== undefined ? `${user}:${password}` : undefined;
  },

  identify: () => ({
    callId: `${Math.floor(Date.now() / 1000)}.${parseInt(randomHex(2), 16)}`,
    streamId: `WebSocket/bot/0x${randomHex(6)}`,
    accountId: "bot",
  }),

  // Values passed with v(…) in the dial string are added to the address of the connection.
  directStream(url, { from, to }, params) {
    const address = new URL(url);
    const parameters = { from, to, ...params };
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
    return { url: address, encoding: "l16", sampleRate: SAMPLE_RATE, parameters };
  },

  upgradeHeaders(url, secret) {
    const inline = url.username ? decodeURIComponent(`${url.username}:${url.password}`) : undefined;
    const user = inline ?? secret;
    const basic = user && `Basic ${encodeBase64(utf8(user))}`;
    return Promise.resolve(basic ? { authorization: basic } : {});
  },

  line: (order, parties) => createLine(order, parties),
};

function createLine(
  { encoding, sampleRate }: StreamOrder,
  { callId: channel_id, streamId: channel, accountId: connection_id }: CallParties,
): CarrierLine {
  const frame = sampleRate * CHUNK_MS / 1000;
  const optimal_frame_size = frame * 2;
  /** What marks are answered with, if not with marks. */
  const completions = new Set<string>();
  const tell = (event: string, part: Record<string, unknown> = {}) =>
    JSON.stringify({ event, channel_id, ...part });
  return {
    sampleRate,
    chunkMs: CHUNK_MS,
    maxQueueMs: MAX_FRAMES * CHUNK_MS,
    marksOnClear: "dropped",
    opening: () => [
      tell("MEDIA_START", {
        connection_id,
        channel,
        format: "slin16",
        optimal_frame_size,
        ptime: CHUNK_MS,
        channel_variables: {
          MEDIA_WEBSOCKET_CONNECTION_ID: connection_id,
          MEDIA_WEBSOCKET_OPTIMAL_FRAME_SIZE: String(optimal_frame_size),
        },
      }),
    ],
    media: (samples) => encodeSamples(samples, encoding),
    dtmf: (digit) => tell("DTMF_END", { digit }),
    mark: (correlation_id) =>
      tell(completions.delete(correlation_id) ? COMPLETED : "MEDIA_MARK_PROCESSED", {
        correlation_id,
      }),
    receive(text): ServerAction {
      if (text.length > MAX_TEXT) throw new Violation(`A command has more than ${MAX_TEXT} bytes.`);
      const message = readMessage(text, SHAPES, "command");
      if (message.event === "FLUSH_MEDIA") return { type: "clear" };
      const name = readName(message["correlation_id"]);
      if (message.event === "STOP_MEDIA_BUFFERING") completions.add(name);
      return { type: "mark", name };
    },
    receiveBytes(bytes): ServerAction {
      const samples = decodeSamples(bytes, encoding);
      if (bytes.length > MAX_BYTES || samples.length % frame !== 0) {
        throw new Violation(
          `A message holds ${bytes.length} bytes of audio; up to 65 535 in whole frames are played.`,
        );
      }
      return { type: "media", samples };
    },
  };
}

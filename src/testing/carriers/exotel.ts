/**
 * Exotel's Voicebot applet, seen from Exotel's side.
 *
 * @module
 */
import { encodeBase64 } from "../../core/base64.ts";
import { randomHex, utf8 } from "../../core/bytes.ts";
import { decodePayload, encodePayload } from "../codec.ts";
import {
  badAnswer,
  type CallParties,
  type CarrierLine,
  type ServerAction,
  type SimulatedCarrier,
  type StreamOrder,
  Violation,
  type WebhookAnswer,
  type WebhookOrder,
} from "../simulated_carrier.ts";
import { expectValue, readJsonAnswer, readMark, readMessage, readPart } from "../strict_message.ts";
import { readStreamUrl } from "../twiml.ts";

const CHUNK_MS = 100;
const MIN_BYTES = 3200;
const MAX_BYTES = 100_000;
const BLOCK_BYTES = 320;
const MAX_PARAMETERS = 3;
const MAX_QUERY = 256;
const RATES = [8000, 16_000, 24_000];
const SHAPES = {
  media: ["stream_sid", "media"],
  mark: ["stream_sid", "mark"],
  clear: ["stream_sid"],
} as const;

/** Exotel. Its secret is `KEY:TOKEN`, sent as Basic authentication with the handshake. */
export const exotel: SimulatedCarrier = {
  name: "exotel",
  title: "Exotel",
  webhook: { method: "GET", request, readAnswer },
  namesTracks: false,
  secretOf({ EXOTEL_STREAM_USERNAME: user, EXOTEL_STREAM_PASSWORD: password }) {
    return user !== undefined && password !== undefined ? `${user}:${password}` : undefined;
  },

  identify: () => ({
    callId: randomHex(16),
    streamId: randomHex(16),
    accountId: "exoteltest1",
  }),

  directStream,

  upgradeHeaders(url, secret) {
    const inline = url.username ? decodeURIComponent(`${url.username}:${url.password}`) : undefined;
    return Promise.resolve(basic(inline ?? secret));
  },

  line: (order, parties) => createLine(order, parties),
};

function request({ url, method, parties, params, secret }: WebhookOrder): Promise<Request> {
  const form = {
    CallSid: parties.callId,
    CallFrom: parties.from,
    CallTo: parties.to,
    Direction: "incoming",
    ...params,
  };
  const address = new URL(url);
  if (method === "GET") {
    for (const [name, value] of Object.entries(form)) address.searchParams.set(name, value);
  }
  return Promise.resolve(
    new Request(address, {
      method,
      headers: basic(secret),
      ...(method === "POST" ? { body: new URLSearchParams(form) } : {}),
    }),
  );
}

function readAnswer(webhookAnswer: WebhookAnswer): StreamOrder {
  const answer = readJsonAnswer(webhookAnswer);
  const url = typeof answer === "object" && answer !== null && "url" in answer
    ? answer.url
    : undefined;
  if (typeof url !== "string") throw badAnswer("it has no url.");
  return directStream(readStreamUrl(url));
}

function directStream(url: URL): StreamOrder {
  const { "sample-rate": rate = "8000", ...parameters } = Object.fromEntries(url.searchParams);
  const sampleRate = Number(rate);
  if (!RATES.includes(sampleRate)) throw badAnswer(`the sample-rate is ${rate}.`);
  if (Object.keys(parameters).length > MAX_PARAMETERS || url.search.length > MAX_QUERY) {
    throw badAnswer("the address has more than 3 parameters or 256 characters of them.");
  }
  return { url, encoding: "l16", sampleRate, parameters };
}

function basic(secret: string | undefined): Record<string, string> {
  return secret ? { authorization: `Basic ${encodeBase64(utf8(secret))}` } : {};
}

function createLine(order: StreamOrder, parties: CallParties): CarrierLine {
  const { encoding, sampleRate, parameters } = order;
  const { callId: call_sid, streamId: stream_sid, accountId: account_sid, from, to } = parties;
  let sequence = 0;
  let chunks = 0;
  const write = (event: string, part: Record<string, unknown>) =>
    JSON.stringify({ event, sequence_number: String(++sequence), stream_sid, ...part });
  return {
    sampleRate,
    chunkMs: CHUNK_MS,
    maxQueueMs: Infinity,
    // Exotel does not say. A server that waits for them would wait for ever.
    marksOnClear: "dropped",
    opening: () => [
      JSON.stringify({ event: "connected" }),
      write("start", {
        start: {
          stream_sid,
          call_sid,
          account_sid,
          from,
          to,
          custom_parameters: parameters,
          media_format: {
            encoding: "audio/x-raw",
            sample_rate: String(sampleRate),
            bit_rate: "16",
          },
        },
      }),
    ],
    media(samples) {
      const timestamp = String(chunks * CHUNK_MS);
      const payload = encodePayload(samples, encoding);
      return write("media", { media: { chunk: String(++chunks), timestamp, payload } });
    },
    dtmf: (digit) => write("dtmf", { dtmf: { digit, duration: "100" } }),
    mark: (name) => write("mark", { mark: { name } }),
    stop: () => write("stop", { stop: { call_sid, account_sid, reason: "callended" } }),
    receive(text): ServerAction {
      const message = readMessage(text, SHAPES);
      expectValue(message["stream_sid"], stream_sid, "stream_sid");
      if (message.event === "clear") return { type: "clear" };
      if (message.event === "mark") return readMark(message["mark"]);
      const { payload } = readPart(message["media"], "media", ["payload"]);
      const samples = decodePayload(payload, encoding);
      const bytes = samples.length * 2;
      if (bytes < MIN_BYTES || bytes > MAX_BYTES || bytes % BLOCK_BYTES !== 0) {
        throw new Violation(
          `A message holds ${bytes} bytes of audio; 3200 to 100 000 in steps of 320 are allowed.`,
        );
      }
      return { type: "media", samples };
    },
  };
}

/**
 * Twilio Media Streams, seen from Twilio's side.
 *
 * @module
 */
import { randomHex } from "../../core/bytes.ts";
import { decodePayload, encodePayload } from "../codec.ts";
import { signHmac } from "../signing.ts";
import {
  badAnswer,
  type CallParties,
  type CarrierLine,
  type ServerAction,
  type SimulatedCarrier,
  type StreamOrder,
  type WebhookAnswer,
  type WebhookOrder,
} from "../simulated_carrier.ts";
import { expectValue, readMark, readMessage, readPart } from "../strict_message.ts";
import {
  checkAttributes,
  findConnectStream,
  readParameters,
  readStreamUrl,
  readVerbs,
} from "../twiml.ts";

const SAMPLE_RATE = 8000;
/** The one format of a stream. */
const STREAM = { encoding: "mulaw", sampleRate: SAMPLE_RATE } as const;
const CHUNK_MS = 20;
const STREAM_ATTRIBUTES = ["url", "name", "track", "statusCallback", "statusCallbackMethod"];
const SHAPES = {
  media: ["streamSid", "media"],
  mark: ["streamSid", "mark"],
  clear: ["streamSid"],
} as const;

/** Twilio. Its secret is the account's auth token. */
export const twilio: SimulatedCarrier = {
  name: "twilio",
  title: "Twilio",
  webhook: { method: "POST", request, readAnswer },
  namesTracks: true,
  secretOf: (environment) => environment["TWILIO_AUTH_TOKEN"],

  identify: () => ({
    callId: `CA${randomHex(16)}`,
    streamId: `MZ${randomHex(16)}`,
    accountId: `AC${randomHex(16)}`,
  }),

  directStream: (url) => ({ ...STREAM, url, parameters: {} }),

  async upgradeHeaders(url, secret) {
    return secret ? { "x-twilio-signature": await sign(secret, url.href, {}) } : {};
  },

  line: (order, parties) => createLine(order, parties),
};

async function request({ url, method, parties, params, secret }: WebhookOrder): Promise<Request> {
  const form: Record<string, string> = {
    CallSid: parties.callId,
    AccountSid: parties.accountId,
    From: parties.from,
    To: parties.to,
    Caller: parties.from,
    Called: parties.to,
    CallStatus: "ringing",
    Direction: "inbound",
    ApiVersion: "2010-04-01",
    ...params,
  };
  const address = new URL(url);
  if (method === "GET") {
    for (const [name, value] of Object.entries(form)) address.searchParams.set(name, value);
  }
  const signed = method === "GET" ? {} : form;
  return new Request(address, {
    method,
    headers: secret ? { "x-twilio-signature": await sign(secret, address.href, signed) } : {},
    ...(method === "POST" ? { body: new URLSearchParams(form) } : {}),
  });
}

function readAnswer(answer: WebhookAnswer): StreamOrder {
  const stream = findConnectStream(readVerbs(answer));
  checkAttributes(stream, STREAM_ATTRIBUTES);
  const url = readStreamUrl(stream.attributes["url"]);
  if (url.search) throw badAnswer("31920: the address of a stream cannot have a query.");
  const track = stream.attributes["track"] ?? "inbound_track";
  if (track !== "inbound_track") throw badAnswer(`31941: <Connect> cannot stream ${track}.`);
  return { ...STREAM, url, parameters: readParameters(stream) };
}

/** The signature of a request: its address, then its form parameters in the order of their names. */
function sign(
  secret: string,
  url: string,
  form: Readonly<Record<string, string>>,
): Promise<string> {
  const names = Object.keys(form).sort();
  return signHmac("SHA-1", secret, url + names.map((name) => name + form[name]).join(""));
}

function createLine({ encoding, parameters }: StreamOrder, parties: CallParties): CarrierLine {
  const { callId: callSid, streamId: streamSid, accountId: accountSid } = parties;
  let sequence = 0;
  let chunks = 0;
  const write = (event: string, part: Record<string, unknown>) =>
    JSON.stringify({ event, sequenceNumber: String(++sequence), ...part, streamSid });
  return {
    sampleRate: SAMPLE_RATE,
    chunkMs: CHUNK_MS,
    maxQueueMs: 10 * 60_000,
    marksOnClear: "returned",
    opening: () => [
      JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }),
      write("start", {
        start: {
          accountSid,
          streamSid,
          callSid,
          tracks: ["inbound"],
          mediaFormat: { encoding: "audio/x-mulaw", sampleRate: SAMPLE_RATE, channels: 1 },
          customParameters: parameters,
        },
      }),
    ],
    media(samples, track) {
      const timestamp = String(chunks * CHUNK_MS);
      const payload = encodePayload(samples, encoding);
      return write("media", { media: { track, chunk: String(++chunks), timestamp, payload } });
    },
    dtmf: (digit) => write("dtmf", { dtmf: { track: "inbound_track", digit } }),
    mark: (name) => write("mark", { mark: { name } }),
    stop: () => write("stop", { stop: { accountSid, callSid } }),
    receive(text): ServerAction {
      const message = readMessage(text, SHAPES);
      expectValue(message["streamSid"], streamSid, "streamSid");
      if (message.event === "clear") return { type: "clear" };
      if (message.event === "mark") return readMark(message["mark"]);
      const { payload } = readPart(message["media"], "media", ["payload"]);
      return { type: "media", samples: decodePayload(payload, encoding) };
    },
  };
}

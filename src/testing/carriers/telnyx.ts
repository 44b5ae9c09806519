/**
 * Telnyx media streaming with TeXML, seen from Telnyx's side.
 *
 * @module
 */
import { randomHex } from "../../core/bytes.ts";
import { decodePayload, encodePayload } from "../codec.ts";
import { signEd25519 } from "../signing.ts";
import {
  badAnswer,
  type CallParties,
  type CarrierLine,
  type ServerAction,
  type SimulatedCarrier,
  type StreamEncoding,
  type StreamOrder,
  Violation,
  type WebhookAnswer,
  type WebhookOrder,
} from "../simulated_carrier.ts";
import { readMark, readMessage, readPart } from "../strict_message.ts";
import {
  checkAttributes,
  findConnectStream,
  readParameters,
  readStreamUrl,
  readVerbs,
} from "../twiml.ts";

const CHUNK_MS = 20;
const SHORTEST_MS = 20;
const LONGEST_MS = 30_000;
const STREAM_ATTRIBUTES = [
  "url",
  "name",
  "track",
  "codec",
  "bidirectionalMode",
  "bidirectionalCodec",
  "bidirectionalSamplingRate",
  "statusCallback",
  "statusCallbackMethod",
];
/** The codecs that are simulated, by Telnyx's names. `default` is what the call uses: here PCMU. */
const CODECS: Readonly<Record<string, StreamEncoding>> = {
  default: "mulaw",
  PCMU: "mulaw",
  PCMA: "alaw",
  L16: "l16",
};
const NAMES: Readonly<Record<StreamEncoding, string>> = { mulaw: "PCMU", alaw: "PCMA", l16: "L16" };
const SHAPES = { media: ["media"], mark: ["mark"], clear: [] } as const;

/** Telnyx. Its secret is the private half of the keys that `telnyxKeys` makes. */
export const telnyx: SimulatedCarrier = {
  name: "telnyx",
  title: "Telnyx",
  webhook: { method: "GET", signsBodies: true, request, readAnswer },
  namesTracks: true,

  identify: () => ({
    callId: `v3:${randomHex(20)}`,
    streamId: crypto.randomUUID().toUpperCase(),
    accountId: crypto.randomUUID(),
  }),

  directStream: (url) => ({ url, encoding: "mulaw", sampleRate: 8000, parameters: {} }),

  upgradeHeaders: () => Promise.resolve({}),

  line: (order, parties) => createLine(order, parties),
};

async function request({ url, method, parties, params, secret }: WebhookOrder): Promise<Request> {
  const form = new URLSearchParams({
    AccountSid: parties.accountId,
    ApiVersion: "2010-04-01",
    CallSid: parties.callId,
    CallSidLegacy: parties.callId,
    CallStatus: "ringing",
    ConnectionId: "7267000000000000000",
    From: parties.from,
    To: parties.to,
    ...params,
  });
  const address = new URL(url);
  if (method === "GET") {
    for (const [name, value] of form) address.searchParams.set(name, value);
    return new Request(address, { headers: secret ? await signature(secret, "") : {} });
  }
  const body = form.toString();
  return new Request(address, {
    method,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...secret ? await signature(secret, body) : {},
    },
    body,
  });
}

function readAnswer(answer: WebhookAnswer): StreamOrder {
  const stream = findConnectStream(readVerbs(answer));
  checkAttributes(stream, STREAM_ATTRIBUTES);
  const { url, codec = "default", ...rest } = stream.attributes;
  const { bidirectionalMode = "mp3", bidirectionalCodec = "PCMU" } = rest;
  if (bidirectionalMode !== "rtp") {
    throw badAnswer(`bidirectionalMode is ${bidirectionalMode}: only MP3 files could be sent.`);
  }
  const encoding = CODECS[codec];
  if (!encoding || CODECS[bidirectionalCodec] !== encoding) {
    throw badAnswer(`codecs ${codec} and ${bidirectionalCodec} are not simulated together.`);
  }
  const sampleRate = Number(rest["bidirectionalSamplingRate"] ?? 8000);
  if (![8000, 16_000, 24_000].includes(sampleRate)) {
    throw badAnswer(`bidirectionalSamplingRate is ${sampleRate}.`);
  }
  return {
    url: readStreamUrl(url),
    encoding,
    sampleRate: encoding === "l16" ? sampleRate : 8000,
    parameters: readParameters(stream),
  };
}

async function signature(secret: string, body: string): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  return {
    "telnyx-timestamp": timestamp,
    "telnyx-signature-ed25519": await signEd25519(secret, `${timestamp}|${body}`),
  };
}

function createLine(order: StreamOrder, parties: CallParties): CarrierLine {
  const { encoding, sampleRate, parameters } = order;
  const { callId: call_control_id, streamId: stream_id, accountId: user_id, from, to } = parties;
  let sequence = 0;
  let chunks = 0;
  const write = (event: string, part: Record<string, unknown>) =>
    JSON.stringify({ event, sequence_number: String(++sequence), ...part, stream_id });
  return {
    sampleRate,
    chunkMs: CHUNK_MS,
    maxQueueMs: Infinity,
    marksOnClear: "returned",
    opening: () => [
      JSON.stringify({ event: "connected", version: "1.0.0" }),
      write("start", {
        start: {
          user_id,
          call_control_id,
          call_session_id: crypto.randomUUID(),
          from,
          to,
          tags: [],
          client_state: null,
          custom_parameters: parameters,
          media_format: { encoding: NAMES[encoding], sample_rate: sampleRate, channels: 1 },
        },
      }),
    ],
    media(samples, track) {
      const timestamp = String(chunks * CHUNK_MS);
      const payload = encodePayload(samples, encoding);
      return write("media", { media: { track, chunk: String(++chunks), timestamp, payload } });
    },
    dtmf: (digit) => write("dtmf", { occurred_at: new Date().toISOString(), dtmf: { digit } }),
    mark: (name) => write("mark", { mark: { name } }),
    stop: () => write("stop", { stop: { user_id, call_control_id } }),
    receive(text): ServerAction {
      const message = readMessage(text, SHAPES);
      if (message.event === "clear") return { type: "clear" };
      if (message.event === "mark") return readMark(message["mark"]);
      const { payload } = readPart(message["media"], "media", ["payload"]);
      const samples = decodePayload(payload, encoding);
      const ms = samples.length / sampleRate * 1000;
      if (ms < SHORTEST_MS || ms > LONGEST_MS) {
        throw new Violation(`A message holds ${ms} ms of audio; 20 ms to 30 s are allowed.`);
      }
      return { type: "media", samples };
    },
  };
}

/**
 * Plivo audio streaming, seen from Plivo's side.
 *
 * @module
 */
import { randomHex } from "../../core/bytes.ts";
import { areKeys } from "../../core/keys.ts";
import { decodePayload, encodePayload } from "../codec.ts";
import { signHmac } from "../signing.ts";
import {
  badAnswer,
  type CallParties,
  callRefused,
  type CarrierLine,
  type ServerAction,
  type SimulatedCarrier,
  type StreamEncoding,
  type StreamOrder,
  Violation,
  type WebhookAnswer,
  type WebhookOrder,
} from "../simulated_carrier.ts";
import { expectValue, readMessage, readName, readPart } from "../strict_message.ts";
import { checkAttributes, readStreamUrl, readVerbs } from "../twiml.ts";

const CHUNK_MS = 20;
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_URL = 2048;
const STREAM_ATTRIBUTES = [
  "bidirectional",
  "audioTrack",
  "streamTimeout",
  "statusCallbackUrl",
  "statusCallbackMethod",
  "contentType",
  "extraHeaders",
  "keepCallAlive",
];
const CONTENT_TYPES: Readonly<Record<string, { encoding: StreamEncoding; sampleRate: number }>> = {
  "audio/x-mulaw;rate=8000": { encoding: "mulaw", sampleRate: 8000 },
  "audio/x-l16;rate=8000": { encoding: "l16", sampleRate: 8000 },
  "audio/x-l16;rate=16000": { encoding: "l16", sampleRate: 16_000 },
};
const SHAPES = {
  playAudio: ["streamId", "media"],
  checkpoint: ["streamId", "name"],
  clearAudio: ["streamId"],
  sendDTMF: ["dtmf"],
} as const;

/** Plivo. Its secret is the account's auth token. */
export const plivo: SimulatedCarrier = {
  name: "plivo",
  title: "Plivo",
  webhook: { method: "POST", request, readAnswer },
  namesTracks: true,
  secretOf: (environment) => environment["PLIVO_AUTH_TOKEN"],

  identify: () => ({
    callId: crypto.randomUUID(),
    streamId: crypto.randomUUID(),
    accountId: `MA${randomHex(9).toUpperCase()}`,
  }),

  directStream: (url) => ({ url, encoding: "mulaw", sampleRate: 8000, parameters: {} }),

  async upgradeHeaders(url, secret) {
    return secret ? await signature(secret, url) : {};
  },

  line: (order, parties) => createLine(order, parties),
};

async function request({ url, method, parties, params, secret }: WebhookOrder): Promise<Request> {
  const form: Record<string, string> = {
    CallUUID: parties.callId,
    From: parties.from.replace("+", ""),
    To: parties.to.replace("+", ""),
    CallStatus: "ringing",
    Direction: "inbound",
    Event: "StartApp",
    ...params,
  };
  const address = new URL(url);
  if (method === "GET") {
    for (const [name, value] of Object.entries(form)) address.searchParams.set(name, value);
    return new Request(address, { headers: secret ? await signature(secret, address) : {} });
  }
  return new Request(address, {
    method,
    headers: secret ? await signature(secret, address, form) : {},
    body: new URLSearchParams(form),
  });
}

function readAnswer(answer: WebhookAnswer): StreamOrder {
  const verbs = readVerbs(answer);
  const stream = verbs.find(({ name }) => name === "Stream");
  if (!stream) {
    throw callRefused(verbs.map(({ name, text }) => `<${name}>${text}`).join(" ") || "nothing.");
  }
  checkAttributes(stream, STREAM_ATTRIBUTES);
  const { bidirectional, audioTrack = "inbound", contentType = "", extraHeaders = "" } =
    stream.attributes;
  if (bidirectional !== "true") throw badAnswer("the stream is not bidirectional.");
  if (audioTrack !== "inbound") throw badAnswer(`the audioTrack is ${audioTrack}.`);
  const format = CONTENT_TYPES[contentType];
  if (!format) throw badAnswer(`the contentType is "${contentType}".`);
  if (stream.text.length > MAX_URL) throw badAnswer("the address of the stream is too long.");
  const headers = extraHeaders.split(/[,;]/).filter(Boolean).map((pair) => pair.split("="));
  const parameters = Object.fromEntries(headers.map(([name, value = ""]) => [name, value]));
  return { url: readStreamUrl(stream.text), ...format, parameters };
}

/** Version 3 of Plivo's signature: of a GET, or of a POST with its form. */
async function signature(
  secret: string,
  url: URL,
  form?: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const nonce = crypto.getRandomValues(new BigUint64Array(1)).join().padStart(20, "0");
  const pairs = [...url.searchParams].sort(([a, left], [b, right]) =>
    a === b ? (left < right ? -1 : 1) : a < b ? -1 : 1
  );
  const query = pairs.map(([name, value]) => `${name}=${value}`).join("&");
  const words = Object.keys(form ?? {}).sort().map((name) => name + form?.[name]).join("");
  const mark = query || words ? "?" : "";
  const text = `${url.origin}${url.pathname}${mark}${query}${
    query && words ? "." : ""
  }${words}.${nonce}`;
  return {
    "x-plivo-signature-v3": await signHmac("SHA-256", secret, text),
    "x-plivo-signature-v3-nonce": nonce,
  };
}

function createLine(order: StreamOrder, parties: CallParties): CarrierLine {
  const { encoding, sampleRate, parameters } = order;
  const { callId, streamId, accountId } = parties;
  const contentType = encoding === "mulaw" ? "audio/x-mulaw" : "audio/x-l16";
  const extra_headers = Object.entries(parameters).map((pair) => pair.join("=")).join(";");
  let sequenceNumber = 0;
  let chunk = 0;
  const began = Date.now();
  const write = (event: string, part: Record<string, unknown>) =>
    JSON.stringify({ event, sequenceNumber: ++sequenceNumber, ...part, extra_headers });
  const now = () => String(began + chunk * CHUNK_MS);
  return {
    sampleRate,
    chunkMs: CHUNK_MS,
    maxQueueMs: 60_000,
    marksOnClear: "dropped",
    opening: () => [
      write("start", {
        start: {
          callId,
          streamId,
          accountId,
          tracks: ["inbound"],
          mediaFormat: { encoding: contentType, sampleRate },
        },
      }),
    ],
    media(samples, track) {
      const timestamp = now();
      const payload = encodePayload(samples, encoding);
      return write("media", { streamId, media: { track, timestamp, chunk: ++chunk, payload } });
    },
    dtmf: (digit) =>
      write("dtmf", { streamId, dtmf: { track: "inbound", digit, timestamp: now() } }),
    mark: (name) => write("playedStream", { streamId, name }),
    cleared: () => write("clearedAudio", { streamId }),
    receive(text): ServerAction {
      if (text.length > MAX_MESSAGE_BYTES) throw new Violation("A message is larger than 64 KB.");
      const message = readMessage(text, SHAPES);
      if (message.event === "sendDTMF") {
        const digits = message["dtmf"];
        if (typeof digits === "string" && areKeys(digits)) {
          return { type: "dtmf", digits };
        }
        throw new Violation(`${JSON.stringify(digits)} is not a list of keys.`);
      }
      expectValue(message["streamId"], streamId, "streamId");
      if (message.event === "clearAudio") return { type: "clear" };
      if (message.event === "checkpoint") return { type: "mark", name: readName(message["name"]) };
      const media = readPart(message["media"], "media", ["contentType", "sampleRate", "payload"]);
      expectValue(media["contentType"], contentType, "contentType");
      expectValue(media["sampleRate"], sampleRate, "sampleRate");
      return { type: "media", samples: decodePayload(media["payload"], encoding) };
    },
  };
}

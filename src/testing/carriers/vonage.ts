/**
 * Vonage's Voice API with a WebSocket, seen from Vonage's side.
 *
 * @module
 */
import { decodeSamples, encodeSamples } from "../codec.ts";
import { randomHex } from "../../core/bytes.ts";
import { sha256 } from "../../core/hash.ts";
import { signToken } from "../../core/jwt.ts";
import {
  badAnswer,
  callRefused,
  type CarrierLine,
  type ServerAction,
  type SimulatedCarrier,
  type StreamOrder,
  Violation,
  type WebhookAnswer,
  type WebhookOrder,
} from "../simulated_carrier.ts";
import { readJsonAnswer, readMessage, readName, readPart } from "../strict_message.ts";
import { readStreamUrl } from "../twiml.ts";

const CHUNK_MS = 20;
/** Vonage keeps this many messages, and drops what comes after them. */
const MAX_MESSAGES = 3072;
/** The most bytes of all headers together. */
const MAX_HEADERS = 2000;
const RATES = [8000, 16_000, 24_000];
const DIRECT_RATE = 16_000;
const ENDPOINT = ["type", "uri", "content-type", "headers", "authorization"];
const SHAPES = { clear: [], notify: ["payload"] } as const;

/** Vonage. Its secret is the account's signature secret. */
export const vonage: SimulatedCarrier = {
  name: "vonage",
  title: "Vonage",
  webhook: { method: "GET", request, readAnswer },
  namesTracks: false,
  secretOf: ({ VONAGE_SIGNATURE_SECRET: secret }) => secret,

  identify() {
    const callId = crypto.randomUUID();
    return { callId, streamId: callId, accountId: randomHex(4) };
  },

  // An NCCO from somebody else, which names the call in its headers.
  directStream: (url, { callId, from, to }, params) => ({
    url,
    encoding: "l16",
    sampleRate: DIRECT_RATE,
    parameters: { uuid: callId, from_number: from, to_number: to, ...params },
  }),

  upgradeHeaders: (_url, secret) => authorization(secret, ""),

  line: (order) => createLine(order),
};

async function request(
  { url, method, parties, params, secret }: WebhookOrder,
): Promise<Request> {
  const told = {
    endpoint_type: "phone",
    from: parties.from.replace("+", ""),
    to: parties.to.replace("+", ""),
    uuid: parties.callId,
    conversation_uuid: `CON-${crypto.randomUUID()}`,
    region_url: "https://api-us-3.vonage.com",
    ...params,
  };
  const json = JSON.stringify(told);
  const headers = await authorization(secret, json);
  if (method === "POST") {
    return new Request(url, {
      method,
      headers: { ...headers, "content-type": "application/json" },
      body: json,
    });
  }
  const address = new URL(url);
  for (const [name, value] of Object.entries(told)) address.searchParams.set(name, value);
  return new Request(address, { headers });
}

async function authorization(
  secret: string | undefined,
  payload: string,
): Promise<Record<string, string>> {
  if (secret === undefined) return {};
  const token = await signToken({
    iat: Math.floor(Date.now() / 1000),
    jti: crypto.randomUUID(),
    iss: "Vonage",
    payload_hash: await sha256(payload),
    api_key: "a1b2c3d4",
    application_id: crypto.randomUUID(),
  }, secret);
  return { authorization: `Bearer ${token}` };
}

function readAnswer(answer: WebhookAnswer): StreamOrder {
  const actions = readJsonAnswer(answer);
  if (!Array.isArray(actions)) throw badAnswer("it is not a list of actions.");
  const connect = actions.find((action) => Object(action).action === "connect");
  if (!connect) {
    throw callRefused(actions.map((action) => Object(action).text).join(" ") || "an empty answer.");
  }
  const [endpoint, ...others] = Array.isArray(connect.endpoint) ? connect.endpoint : [];
  if (Object(endpoint).type !== "websocket" || others.length > 0) {
    throw badAnswer("its connect has not one endpoint, a websocket.");
  }
  const unknown = Object.keys(endpoint).find((name) => !ENDPOINT.includes(name));
  if (unknown) throw badAnswer(`an endpoint has no field ${unknown}.`);
  const { uri, headers = {}, "content-type": type } = endpoint;
  const sampleRate = Number(/^audio\/l16;rate=(\d+)$/.exec(type)?.[1]);
  if (!RATES.includes(sampleRate)) throw badAnswer(`its content-type is ${type}.`);
  if (JSON.stringify(headers).length > MAX_HEADERS) throw badAnswer("its headers are too long.");
  return { url: readStreamUrl(String(uri)), encoding: "l16", sampleRate, parameters: headers };
}

function createLine({ encoding, sampleRate, parameters }: StreamOrder): CarrierLine {
  const frame = sampleRate * CHUNK_MS / 1000;
  return {
    sampleRate,
    chunkMs: CHUNK_MS,
    maxQueueMs: MAX_MESSAGES * CHUNK_MS,
    marksOnClear: "dropped",
    opening: () => [
      JSON.stringify({
        event: "websocket:connected",
        "content-type": `audio/l16;rate=${sampleRate}`,
        ...parameters,
      }),
    ],
    media: (samples) => encodeSamples(samples, encoding),
    dtmf: (digit) => JSON.stringify({ event: "websocket:dtmf", digit, duration: 260 }),
    mark: (name) => JSON.stringify({ event: "websocket:notify", payload: { name } }),
    cleared: () => JSON.stringify({ event: "websocket:cleared" }),
    receive(text): ServerAction {
      const message = readMessage(text, SHAPES, "action");
      if (message.event === "clear") return { type: "clear" };
      // Any payload is returned unchanged; this twin knows it by a name.
      const { name } = readPart(message["payload"], "payload", ["name"]);
      return { type: "mark", name: readName(name) };
    },
    receiveBytes(bytes): ServerAction {
      const samples = decodeSamples(bytes, encoding);
      if (samples.length !== frame) {
        throw new Violation(`A message holds ${samples.length} samples and not 20 ms of them.`);
      }
      return { type: "media", samples };
    },
  };
}

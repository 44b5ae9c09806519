/**
 * Vonage's Voice API: an NCCO that connects a WebSocket, 16-bit samples as they are.
 *
 * The answer URL and the event URL of a Voice application may be the same.
 *
 * Secrets: `VONAGE_SIGNATURE_SECRET` turns the check of the token on that Vonage signs its webhooks
 * with, and its WebSockets: an NCCO of your own asks for it with `authorization: { type: "vonage" }`,
 * and names the call in its headers, as `uuid`. `VONAGE_APPLICATION_ID` and `VONAGE_PRIVATE_KEY`, the
 * text of the key in PKCS #8, let the runner hang up, transfer, press keys and dial. `VONAGE_BASE_URL`
 * replaces the API's address.
 *
 * @module
 */
import type {
  Carrier,
  CarrierAccount,
  CarrierSerializer,
  CarrierStart,
  CarrierWebhook,
  Environment,
  SignedRequest,
} from "../../../core/carrier.ts";
import type { StreamAnswer } from "../../../core/carrier_commands.ts";
import { vonageCommands } from "./vonage_commands.ts";
import { type Hmac, hmac, sha256 } from "../../../core/hash.ts";
import { type Claims, readToken } from "../../../core/jwt.ts";
import type { AnsweredBy } from "../../../core/phone_call.ts";
import { l16 } from "./codec.ts";
import { keyOf, markOf, readEvent, sampleReader } from "./event.ts";
import { type Fields, fields, text } from "./fields.ts";
import { badStart, callData, mediaFormat } from "./start.ts";
import { callDetails, ended, prefixedHeaders, webhookCall, webhookNews } from "./webhook.ts";

/** How far the time of a token may be from ours, in s. */
const REPLAY_WINDOW_S = 300;
/** One message of audio, in s; Vonage plays none that is longer. */
const MESSAGE_S = 0.02;

/** States of a call that has ended, which only Vonage names so. */
const ENDED = ["unanswered", "rejected", "cancelled"];
/** Fields that only events have. */
const EVENT_FIELDS = ["status", "type", "dtmf", "speech", "recording_url", "reason", "payload"];

/** Vonage. */
export const vonage: Carrier = {
  name: "vonage",
  variables: ["VONAGE_SIGNATURE_SECRET", "VONAGE_APPLICATION_ID", "VONAGE_PRIVATE_KEY"],
  secret: "VONAGE_SIGNATURE_SECRET",
  webhook: {
    // The token of a GET may say nothing of its query.
    signatureHeader: "authorization",
    signsBodyOnly: true,
    read: readWebhook,
    answer,
    refuse: (words) => Response.json(words ? [{ action: "talk", text: words }] : []),
  },
  tokenSuffices: true, // an NCCO of an older make of Vonage sends no authorization
  upgradeHeader: "authorization",
  account: (environment) => vonageAccount(environment),
  commandVariables: "VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY",
  commands: vonageCommands,
  readStart,
  serializer,
};

function readWebhook(parameters: Fields): CarrierWebhook {
  const { uuid: callId, from, to, status } = parameters;
  if (ended(status) || ENDED.includes(text(status) ?? "")) return webhookNews(callId, true);
  if (EVENT_FIELDS.some((name) => parameters[name] !== undefined)) {
    return webhookNews(callId, false, verdictOf(parameters));
  }
  const details = callDetails({
    forwardedFrom: parameters.forwarded_from,
    clientState: parameters.custom_data,
    sipHeaders: prefixedHeaders(parameters, /^SipHeader_/i),
  });
  return { kind: "call", call: webhookCall("Vonage", { callId, from, to, details }) };
}

/** What Vonage found out of who answered: `human` or `machine`, and then the end of its greeting. */
function verdictOf({ status, sub_state }: Fields): AnsweredBy | undefined {
  if (status !== "human" && status !== "machine") return undefined;
  if (sub_state !== "beep_start" && sub_state !== "beep_timeout") {
    return { who: status, raw: status };
  }
  const greetingEnded = sub_state === "beep_start" ? "beep" : "silence";
  return { who: status, greetingEnded, raw: `${status}/${sub_state}` };
}

function answer({ callId, url, parameters }: StreamAnswer): Response {
  const endpoint = {
    type: "websocket",
    uri: url,
    "content-type": "audio/l16;rate=16000",
    headers: { uuid: callId, ...parameters },
    authorization: { type: "vonage" },
  };
  return Response.json([{ action: "connect", endpoint: [endpoint] }]);
}

/** Makes the checks that need Vonage's secrets; `now` is the clock in ms. */
export function vonageAccount(
  environment: Environment,
  now: () => number = Date.now,
): CarrierAccount {
  const { VONAGE_SIGNATURE_SECRET: signatureSecret } = environment;
  const secret = signatureSecret ? hmac(signatureSecret) : undefined;
  return {
    ...(secret
      ? {
        verifyWebhook: async (request: SignedRequest) => {
          const claims = await claimsOf(request, secret, now);
          return claims !== undefined && await covers(claims, request);
        },
        verifyUpgrade: async (request: SignedRequest) =>
          await claimsOf(request, secret, now) !== undefined,
      }
      : {}),
  };
}

/** The claims of a request's token, when Vonage has signed it just now. */
async function claimsOf(
  { headers }: SignedRequest,
  secret: Hmac,
  now: () => number,
): Promise<Claims | undefined> {
  const [, token = ""] = /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  const claims = await readToken(token, secret);
  const issued = claims?.iat;
  if (typeof issued !== "number") return undefined;
  return Math.abs(now() / 1000 - issued) <= REPLAY_WINDOW_S ? claims : undefined;
}

/** Tells whether a token is that of the request: of its body, or of its query as JSON. */
async function covers({ payload_hash: hash }: Claims, request: SignedRequest): Promise<boolean> {
  const { body, url } = request;
  if (body.length > 0) return hash === await sha256(body);
  const query = JSON.stringify(Object.fromEntries(url.searchParams));
  return hash === undefined || hash === await sha256(body) ||
    hash === await sha256(query);
}

function readStart(message: unknown): CarrierStart | undefined {
  const raw = fields(message);
  if (!raw || text(raw.event)?.toLowerCase() !== "websocket:connected") return undefined;
  const { event: _, "content-type": encoding, ...body } = raw;
  const format = mediaFormat({ encoding }, "rate", "Vonage");
  if (format.encoding !== "l16") {
    throw badStart(
      "Vonage streams a codec that is not supported: set content-type of the endpoint to " +
        "audio/l16;rate=8000, audio/l16;rate=16000 or audio/l16;rate=24000.",
    );
  }
  // A call has one stream, which has no id of its own.
  const call = { streamId: body.uuid, callId: body.uuid, body, raw };
  return {
    callData: callData("Vonage", call),
    audio: { encoding: "l16", sampleRate: format.sampleRate },
  };
}

function serializer({ audio }: CarrierStart): CarrierSerializer {
  const frame = audio.sampleRate * MESSAGE_S;
  const media = sampleReader({ codec: l16, sampleRate: audio.sampleRate });
  const readers = {
    "websocket:dtmf": ({ digit }: Fields) => keyOf(digit),
    "websocket:notify": ({ payload }: Fields) => markOf(fields(payload)?.name),
    "websocket:cleared": () => ({ type: "cleared" as const }),
  };
  return {
    size: { min: frame, max: frame, multiple: frame },
    parse: (message) => typeof message === "string" ? readEvent(message, readers) : media(message),
    media: (samples) => l16.encode(samples),
    mark: (name) => `{"action":"notify","payload":{"name":${JSON.stringify(name)}}}`,
    clear: () => `{"action":"clear"}`,
  };
}

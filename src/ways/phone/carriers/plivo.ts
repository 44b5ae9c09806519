/**
 * Plivo: `<Stream>`, µ-law at 8 kHz or 16-bit samples.
 *
 * Secrets: `PLIVO_AUTH_TOKEN` verifies `X-Plivo-Signature-V3`, for webhooks and WebSockets;
 * together with `PLIVO_AUTH_ID` it lets the runner hang up, transfer and dial. `PLIVO_BASE_URL`
 * replaces the API's address.
 *
 * @module
 */
import type {
  Carrier,
  CarrierAccount,
  CarrierAudio,
  CarrierSerializer,
  CarrierStart,
  CarrierWebhook,
  Environment,
  SignedRequest,
} from "../../../core/carrier.ts";
import type { StreamAnswer } from "../../../core/carrier_commands.ts";
import { plivoCommands } from "./plivo_commands.ts";
import { encodeBase64 } from "../../../core/base64.ts";
import type { AnsweredBy } from "../../../core/phone_call.ts";
import { l16, mulaw } from "./codec.ts";
import { markOf, mediaReader, readDtmf, readEvent, STOP } from "./event.ts";
import { field, type Fields, plain } from "./fields.ts";
import { extraHeaders, readExtraHeaders } from "./plivo_headers.ts";
import { hmacVerifier, signedAddresses, sortedParameters, type Verifier } from "./signature.ts";
import { badStart, callData, mediaFormat, startMessage } from "./start.ts";
import {
  callDetails,
  directionOf,
  ended,
  prefixedHeaders,
  webhookCall,
  webhookNews,
} from "./webhook.ts";
import { element, xmlResponse } from "./xml.ts";

/** Plivo advises at most 16 KB of base64 in a message; that many bytes are in it. */
const MAX_MESSAGE_BYTES = 16_384 / 4 * 3;

/** Signatures in one header; more than an account has tokens is an attempt to waste our time. */
const MAX_SIGNATURES = 8;

/** Events that ask for XML. All others are news: Plivo has many, and adds more. */
const ASKS = ["StartApp", "Redirect", "Transfer"];

/** Fields that only callbacks have, which may leave out their event. */
const CALLBACK_FIELDS = ["Machine", "RecordUrl", "RecordingID", "StreamID", "ConferenceAction"];

/** Plivo. */
export const plivo: Carrier = {
  name: "plivo",
  variables: ["PLIVO_AUTH_ID", "PLIVO_AUTH_TOKEN"],
  secret: "PLIVO_AUTH_TOKEN",
  webhook: { signatureHeader: "x-plivo-signature-v3", read: readWebhook, answer, refuse },
  upgradeHeader: "x-plivo-signature-v3",
  account,
  commandVariables: "PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN",
  commands: plivoCommands,
  cannot: {
    awaitGreeting:
      "Plivo does not tell when a machine's greeting ends: ask for machineDetection: true.",
  },
  readStart,
  serializer,
};

function readWebhook(parameters: Fields): CarrierWebhook {
  const { CallUUID: callId, From: from, To: to, CallStatus, Event } = parameters;
  // By default, Plivo sends the end of a call to the address that answered it.
  if (ended(CallStatus) || Event === "Hangup") return webhookNews(callId, true);
  const asks = Event === undefined || Event === "" || ASKS.includes(plain(Event) ?? "");
  if (!asks || CALLBACK_FIELDS.some((name) => parameters[name] !== undefined)) {
    return webhookNews(callId, false, verdictOf(parameters.Machine));
  }
  const details = callDetails({
    direction: directionOf(parameters.Direction),
    callerName: parameters.CallerName,
    forwardedFrom: parameters.ForwardedFrom,
    parentCallId: parameters.ParentCallUUID,
    attestation: parameters.STIRVerification ?? parameters.StirVerification,
    sipHeaders: prefixedHeaders(parameters, /^SIP-H-(?=.)|^(?=X-PH-)/i),
  });
  return { kind: "call", call: webhookCall("Plivo", { callId, from, to, details }) };
}

/** What Plivo found out of who answered, in its field `Machine`. */
function verdictOf(machine: unknown): AnsweredBy | undefined {
  const raw = plain(machine);
  if (raw === undefined) return undefined;
  return { who: raw === "true" ? "machine" : raw === "false" ? "human" : "unknown", raw };
}

function answer({ url, parameters }: StreamAnswer): Response {
  const headers = extraHeaders(parameters);
  const attributes = {
    bidirectional: "true",
    keepCallAlive: "true",
    audioTrack: "inbound",
    contentType: "audio/x-mulaw;rate=8000", // Plivo's documents name two defaults
    ...(headers ? { extraHeaders: headers } : {}),
  };
  return xmlResponse(element("Response", {}, element("Stream", attributes, url)));
}

function refuse(words: string): Response {
  const verbs = words
    ? [element("Speak", {}, words), element("Hangup")]
    : [element("Hangup", { reason: "rejected" })];
  return xmlResponse(element("Response", {}, ...verbs));
}

function account({ PLIVO_AUTH_TOKEN: authToken }: Environment): CarrierAccount {
  if (!authToken) return {};
  const verify = requestVerifier(hmacVerifier("SHA-256", authToken));
  return { verifyWebhook: verify, verifyUpgrade: verify };
}

function requestVerifier(verify: Verifier): (request: SignedRequest) => Promise<boolean> {
  return async ({ method, url, headers, body }) => {
    const nonce = headers.get("x-plivo-signature-v3-nonce");
    // Several auth tokens may be in use, and Plivo signs with each.
    const signatures = headers.get("x-plivo-signature-v3")?.split(",").map((one) => one.trim());
    if (!nonce || !signatures || signatures.length > MAX_SIGNATURES) return false;
    const query = joined(sortedParameters(url.search), "=", "&");
    const form = method === "POST" ? joined(sortedParameters(body), "", "") : "";
    const tail = (query || form ? `?${query}` : "") + (query && form ? "." : "") + form;
    const candidates = signedAddresses(url).map((address) => `${address}${tail}.${nonce}`);
    const matches = await Promise.all(
      candidates.flatMap((candidate) =>
        signatures.map((signature) => verify(candidate, signature))
      ),
    );
    return matches.includes(true);
  };
}

function joined(
  parameters: readonly (readonly [string, readonly string[]])[],
  equals: string,
  and: string,
): string {
  return parameters.flatMap(([name, values]) =>
    [...values].sort().map((value) => name + equals + value)
  ).join(and);
}

function readStart(message: unknown): CarrierStart | undefined {
  const { raw, start } = startMessage(message) ?? {};
  if (!raw || !start) return undefined;
  const callId = field(start, "callId");
  const streamId = field(start, "streamId") ?? (callId && field(raw, "streamId"));
  if (streamId === undefined && callId === undefined) return undefined;
  const body = readExtraHeaders(field(raw, "extra_headers") ?? field(start, "extra_headers"));
  return { callData: callData("Plivo", { streamId, callId, body, raw }), audio: audioOf(start) };
}

function audioOf(start: Fields): CarrierAudio {
  const format = field(start, "mediaFormat");
  const { encoding = "mulaw", sampleRate } = mediaFormat(format, "sampleRate", "Plivo");
  if (encoding === "mulaw" || encoding === "l16") return { encoding, sampleRate };
  throw badStart(
    "Plivo streams a codec that is not supported: set contentType of <Stream> to " +
      "audio/x-mulaw;rate=8000, audio/x-l16;rate=8000 or audio/x-l16;rate=16000.",
  );
}

function serializer({ callData, audio }: CarrierStart): CarrierSerializer {
  const codec = audio.encoding === "mulaw" ? mulaw : l16;
  const contentType = audio.encoding === "mulaw" ? "audio/x-mulaw" : "audio/x-l16";
  const stream = `"streamId":${JSON.stringify(callData.streamId)}`;
  const mediaHead =
    `{"event":"playAudio",${stream},"media":{"contentType":"${contentType}","sampleRate":${audio.sampleRate},"payload":"`;
  const played = ({ name }: Fields) => markOf(name);
  const readers = {
    media: mediaReader({ codec, sampleRate: audio.sampleRate, epoch: true }),
    dtmf: readDtmf,
    playedStream: played,
    played, // as one of Plivo's articles spells it
    clearedAudio: () => ({ type: "cleared" as const }),
    stop: () => STOP,
  };
  return {
    size: { min: 1, max: MAX_MESSAGE_BYTES / codec.bytesPerSample, multiple: 1 },
    parse: (message) => readEvent(message, readers),
    media: (samples) => `${mediaHead}${encodeBase64(codec.encode(samples))}"}}`,
    mark: (name) => `{"event":"checkpoint",${stream},"name":${JSON.stringify(name)}}`,
    clear: () => `{"event":"clearAudio",${stream}}`,
    dtmf: (digit) => `{"event":"sendDTMF","dtmf":${JSON.stringify(digit)}}`,
  };
}

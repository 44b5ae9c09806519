/**
 * Twilio: TwiML `<Connect><Stream>`, µ-law at 8 kHz.
 *
 * Secrets: `TWILIO_AUTH_TOKEN` verifies `X-Twilio-Signature`, for webhooks and WebSockets; together
 * with `TWILIO_ACCOUNT_SID` it lets the runner hang up, transfer and dial, for which an API key
 * (`TWILIO_API_KEY`, `TWILIO_API_SECRET`) may replace it. `TWILIO_REGION` and `TWILIO_EDGE` choose
 * the API's host, as in Twilio's own SDK; `TWILIO_BASE_URL` replaces it.
 *
 * @module
 */
import { twilioCommands } from "./twilio_commands.ts";
import { sha256 } from "../../../core/hash.ts";
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
import { mulaw } from "./codec.ts";
import { customParameters, field, type Fields } from "./fields.ts";
import { hmacVerifier, signedAddresses, sortedParameters, type Verifier } from "./signature.ts";
import { badStart, callData, mediaFormat, startMessage } from "./start.ts";
import { streamSerializer } from "./stream_serializer.ts";
import {
  callDetails,
  directionOf,
  ended,
  isCallback,
  prefixedHeaders,
  twilioVerdict,
  webhookCall,
  webhookNews,
} from "./webhook.ts";
import { element, xmlResponse } from "./xml.ts";

/** Twilio. */
export const twilio: Carrier = {
  name: "twilio",
  variables: ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET"],
  secret: "TWILIO_AUTH_TOKEN",
  webhook: { signatureHeader: "x-twilio-signature", read: readWebhook, answer, refuse },
  upgradeHeader: "x-twilio-signature",
  account,
  commandVariables: "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
  commands: twilioCommands,
  readStart,
  serializer,
};

function readWebhook(parameters: Fields): CarrierWebhook {
  const { CallSid: callId, From: from, To: to, CallStatus } = parameters;
  if (ended(CallStatus)) return webhookNews(callId, true);
  const answeredBy = twilioVerdict(parameters.AnsweredBy);
  if (isCallback(parameters)) return webhookNews(callId, false, answeredBy);
  const details = callDetails({
    direction: directionOf(parameters.Direction),
    answeredBy,
    callerName: parameters.CallerName,
    forwardedFrom: parameters.ForwardedFrom,
    parentCallId: parameters.ParentCallSid,
    attestation: parameters.StirVerstat,
    sipHeaders: prefixedHeaders(parameters, /^SipHeader_/i),
  });
  return { kind: "call", call: webhookCall("Twilio", { callId, from, to, details }) };
}

function answer({ url, parameters }: StreamAnswer): Response {
  const custom = Object.entries(parameters).map(([name, value]) =>
    element("Parameter", { name, value })
  );
  return xmlResponse(
    element("Response", {}, element("Connect", {}, element("Stream", { url }, ...custom))),
  );
}

function refuse(words: string): Response {
  const verbs = words
    ? [element("Say", {}, words), element("Hangup")]
    : [element("Reject", { reason: "rejected" })];
  return xmlResponse(element("Response", {}, ...verbs));
}

function account({ TWILIO_AUTH_TOKEN: authToken }: Environment): CarrierAccount {
  if (!authToken) return {};
  const verify = requestVerifier(hmacVerifier("SHA-1", authToken));
  return { verifyWebhook: verify, verifyUpgrade: verify };
}

function requestVerifier(verify: Verifier): (request: SignedRequest) => Promise<boolean> {
  return async ({ method, url, headers, body }) => {
    const signature = headers.get("x-twilio-signature");
    if (!signature) return false;
    // A body that is not a form is not itself signed, but its hash is, as part of the address.
    const bodyHash = url.searchParams.get("bodySHA256");
    if (bodyHash !== null && bodyHash !== await sha256(body)) return false;
    const form = method === "POST" && bodyHash === null
      ? sortedParameters(body).map(([name, values]) =>
        [...new Set(values)].sort().map((value) => name + value).join("")
      ).join("")
      : "";
    const candidates = new Set(
      signedAddresses(url).flatMap((address) =>
        querySpellings(url.search).map((query) => address + query + form)
      ),
    );
    const matches = await Promise.all(
      [...candidates].map((candidate) => verify(candidate, signature)),
    );
    return matches.includes(true);
  };
}

/** A query as the carrier may have signed it: `URL` escapes more than some servers do. */
function querySpellings(query: string): string[] {
  if (!query) return [""];
  const pairs = [...new URLSearchParams(query)].map((pair) =>
    pair.map(encodeURIComponent).join("=")
  );
  return [query, query.replaceAll("%27", "'"), `?${pairs.join("&")}`];
}

function readStart(message: unknown): CarrierStart | undefined {
  const { raw, start } = startMessage(message) ?? {};
  if (!raw || !start) return undefined;
  const [streamId, callId] = [field(start, "streamSid"), field(start, "callSid")];
  if (streamId === undefined && callId === undefined) return undefined;
  const body = customParameters(field(start, "customParameters"));
  return { callData: callData("Twilio", { streamId, callId, body, raw }), audio: audioOf(start) };
}

function audioOf(start: Fields): CarrierAudio {
  const format = field(start, "mediaFormat");
  const { encoding = "mulaw", sampleRate } = mediaFormat(format, "sampleRate", "Twilio");
  if (encoding === "mulaw") return { encoding, sampleRate };
  throw badStart("Only µ-law is supported on Twilio: remove audioFormat from <Stream>.");
}

function serializer(start: CarrierStart): CarrierSerializer {
  const { sampleRate } = start.audio;
  // Twilio takes any size; a second is ours.
  const size = { min: 1, max: sampleRate, multiple: 1 };
  return streamSerializer(start, { idName: "streamSid", codec: mulaw, size });
}

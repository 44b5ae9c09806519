/**
 * Telnyx: TeXML `<Connect><Stream>` or Call Control; µ-law, A-law or 16-bit samples.
 *
 * Both kinds of Telnyx applications are understood: a TeXML webhook is answered with XML, a Call
 * Control webhook by the `answer` command, which takes `TELNYX_API_KEY`.
 *
 * Secrets: `TELNYX_PUBLIC_KEY` verifies webhooks. Telnyx signs what it posts: have a TeXML
 * application use POST, since it is not known to sign a GET, and unsigned requests are refused.
 * `TELNYX_API_KEY` lets the runner hang up, transfer and press keys; with `TELNYX_CONNECTION_ID`,
 * the id of a Call Control application, also dial. `TELNYX_STREAM_AUTH_TOKEN` is for streams that
 * you start yourself with the same `stream_auth_token`. `TELNYX_BASE_URL` replaces the API's
 * address, as in Telnyx's own SDK.
 *
 * @module
 */
import { telnyxCommands } from "./telnyx_commands.ts";
import { utf8 } from "../../../core/bytes.ts";
import { encodeBase64 } from "../../../core/base64.ts";
import { sameSecret } from "../../../core/hash.ts";
import type {
  Carrier,
  CarrierAccount,
  CarrierAudio,
  CarrierSerializer,
  CarrierStart,
  Environment,
  SignedRequest,
} from "../../../core/carrier.ts";
import type { StreamAnswer } from "../../../core/carrier_commands.ts";
import { CODECS, probingL16 } from "./codec.ts";
import { malformed, mediaReader, readDtmf, readEvent, readMark, STOP } from "./event.ts";
import { customParameters, field, type Fields, fields, plain, text } from "./fields.ts";
import { ed25519Verifier, type Verifier } from "./signature.ts";
import { badStart, callData, mediaFormat, startMessage } from "./start.ts";
import { decodedState, readTelnyxWebhook } from "./telnyx_webhook.ts";
import { element, xmlResponse } from "./xml.ts";

/** How far a webhook's time may be from ours, in s: Telnyx's own window. */
const REPLAY_WINDOW_S = 300;

/** The longest message that Telnyx takes, in s. */
const MAX_MESSAGE_S = 30;

/** Telnyx. */
export const telnyx: Carrier = {
  name: "telnyx",
  variables: ["TELNYX_PUBLIC_KEY", "TELNYX_API_KEY", "TELNYX_STREAM_AUTH_TOKEN"],
  secret: "TELNYX_PUBLIC_KEY",
  webhook: { signsBodyOnly: true, read: readTelnyxWebhook, answer, refuse },
  tokenSuffices: true, // TeXML cannot tell Telnyx to send the streaming token
  upgradeHeader: "x-telnyx-streaming-auth-token",
  account: (environment) => telnyxAccount(environment),
  commandVariables: "TELNYX_API_KEY, and to dial TELNYX_CONNECTION_ID",
  commands: telnyxCommands,
  readStart,
  serializer,
};

function answer({ url, parameters }: StreamAnswer): Response {
  const stream = {
    url,
    track: "inbound_track",
    // Left to itself, Telnyx streams whatever the call uses, in messages of MP3.
    codec: "PCMU",
    bidirectionalMode: "rtp",
    bidirectionalCodec: "PCMU",
    bidirectionalSamplingRate: "8000",
  };
  const custom = Object.entries(parameters).map(([name, value]) =>
    element("Parameter", { name, value })
  );
  return xmlResponse(
    element("Response", {}, element("Connect", {}, element("Stream", stream, ...custom))),
  );
}

function refuse(words: string): Response {
  const verbs = words
    ? [element("Say", {}, words), element("Hangup")]
    : [element("Reject", { reason: "rejected" })];
  return xmlResponse(element("Response", {}, ...verbs));
}

/** Makes the checks that need Telnyx's secrets; `now` is the clock in ms. */
export function telnyxAccount(
  { TELNYX_PUBLIC_KEY: publicKey, TELNYX_STREAM_AUTH_TOKEN: streamToken }: Environment,
  now: () => number = Date.now,
): CarrierAccount {
  return {
    ...(publicKey
      ? { verifyWebhook: webhookVerifier(ed25519Verifier(publicKey, "TELNYX_PUBLIC_KEY"), now) }
      : {}),
    ...(streamToken
      ? {
        verifyUpgrade: ({ headers }: SignedRequest) =>
          sameSecret(headers.get("x-telnyx-streaming-auth-token") ?? "", streamToken),
      }
      : {}),
  };
}

function webhookVerifier(
  verify: Verifier,
  now: () => number,
): (request: SignedRequest) => Promise<boolean> {
  return async ({ headers, body }) => {
    const signature = headers.get("telnyx-signature-ed25519");
    const timestamp = headers.get("telnyx-timestamp");
    if (!signature || !timestamp || !/^\d{1,15}$/.test(timestamp)) return false;
    if (Math.abs(Math.floor(now() / 1000) - Number(timestamp)) > REPLAY_WINDOW_S) return false;
    const head = utf8(`${timestamp}|`);
    const signed = new Uint8Array(head.length + body.length);
    signed.set(head);
    signed.set(body, head.length);
    return await verify(signed, signature);
  };
}

function readStart(message: unknown): CarrierStart | undefined {
  const { raw, start } = startMessage(message) ?? {};
  if (!raw || !start) return undefined;
  // Exotel has a `stream_sid` instead.
  const callId = field(start, "call_control_id");
  const streamId = field(raw, "stream_id") ?? field(start, "stream_id");
  if (callId === undefined && streamId === undefined) return undefined;
  const { from, to, client_state } = start;
  const body = {
    ...(text(client_state) ? { client_state } : {}),
    ...customParameters(field(start, "custom_parameters")),
  };
  const call = callData("Telnyx", { streamId, callId, from, to, body, raw });
  const clientState = decodedState(client_state);
  const told = clientState === undefined ? call : { ...call, clientState };
  return { callData: told, audio: audioOf(start) };
}

function audioOf(start: Fields): CarrierAudio {
  const format = field(start, "media_format");
  const { encoding = "mulaw", sampleRate } = mediaFormat(format, "sample_rate", "Telnyx");
  if (encoding !== "unknown") return { encoding, sampleRate };
  throw badStart(
    "Telnyx streams a codec that is not supported: set codec and bidirectionalCodec of <Stream> " +
      "(stream_codec and stream_bidirectional_codec of a command) to PCMU, PCMA or L16.",
  );
}

function serializer({ audio }: CarrierStart): CarrierSerializer {
  // Telnyx does not say in which byte order 16-bit samples come, and both occur.
  const codec = audio.encoding === "l16" ? probingL16() : CODECS[audio.encoding];
  const frame = Math.ceil(audio.sampleRate / 50); // 20 ms
  const readers = {
    media: mediaReader({ codec, sampleRate: audio.sampleRate, unordered: true }),
    dtmf: readDtmf,
    mark: readMark,
    stop: () => STOP,
    error: ({ payload }: Fields) => {
      const { code } = fields(payload) ?? {};
      return malformed(`Telnyx reports error ${Number(plain(code)) || "without a code"}`);
    },
  };
  return {
    size: { min: frame, max: frame * 50 * MAX_MESSAGE_S, multiple: frame },
    parse: (message) => readEvent(message, readers),
    media: (samples) =>
      `{"event":"media","media":{"payload":"${encodeBase64(codec.encode(samples))}"}}`,
    mark: (name) => `{"event":"mark","mark":{"name":${JSON.stringify(name)}}}`,
    clear: () => `{"event":"clear"}`,
  };
}

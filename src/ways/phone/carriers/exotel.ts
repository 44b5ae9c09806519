/**
 * Exotel: a Voicebot applet, 16-bit samples at 8, 16 or 24 kHz.
 *
 * Exotel signs nothing. With `EXOTEL_STREAM_USERNAME` and `EXOTEL_STREAM_PASSWORD` set, the runner
 * asks for them by HTTP Basic: put the same into the address of the applet,
 * `wss://USERNAME:PASSWORD@bot.example.com/ws`, or `https://USERNAME:PASSWORD@…/exotel`. There is
 * also no command to hang up: closing the socket lets the flow go on to its next applet, which
 * should be a Hangup. `EXOTEL_API_KEY`, `EXOTEL_API_TOKEN` and `EXOTEL_SID` let the runner dial;
 * `EXOTEL_BASE_URL` replaces the API's address, such as `https://api.in.exotel.com` for Mumbai.
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
} from "../../../core/carrier.ts";
import { l16 } from "./codec.ts";
import { exotelCommands } from "./exotel_commands.ts";
import { customParameters, field, type Fields } from "./fields.ts";
import { basicVerifier } from "./signature.ts";
import { callData, mediaFormat, startMessage } from "./start.ts";
import { streamSerializer } from "./stream_serializer.ts";
import { callDetails, directionOf, ended, webhookCall, webhookNews } from "./webhook.ts";

/** Exotel's rule in bytes: at least 3200, a multiple of 320, at most 100 KB of base64. */
const SIZE = { min: 3_200 / 2, max: 74_880 / 2, multiple: 320 / 2 };

/** Exotel. */
export const exotel: Carrier = {
  name: "exotel",
  variables: ["EXOTEL_STREAM_USERNAME", "EXOTEL_STREAM_PASSWORD"],
  secret: "EXOTEL_STREAM_USERNAME and EXOTEL_STREAM_PASSWORD",
  webhook: {
    read: readWebhook,
    // The numbers come with `start`, and Exotel may strip additions to the address.
    answer: ({ url }) => Response.json({ url }),
    // Exotel takes nothing but an address; any other status lets the flow go on.
    refuse: (words) => Response.json({ error: words }, { status: 403 }),
  },
  tokenSuffices: true, // the address that we answer with carries no credentials
  upgradeHeader: "authorization",
  reconnects: true,
  endsWithStream: true,
  account,
  commandVariables: "EXOTEL_API_KEY, EXOTEL_API_TOKEN and EXOTEL_SID",
  commands: exotelCommands,
  cannot: {
    transfer: "On Exotel, call leave() and return: the flow's next applet connects the caller.",
    detectMachines: "Exotel does not find out who answers: dial without machineDetection.",
  },
  readStart,
  serializer,
};

function readWebhook(parameters: Fields): CarrierWebhook {
  const { CallSid: callId, CallFrom, CallTo, From, To, Status, EventType } = parameters;
  // Passthru reports the stream, a status callback the call.
  if (isNews(parameters)) {
    return webhookNews(callId, ended(Status) || EventType === "terminal");
  }
  const details = callDetails({
    direction: directionOf(parameters.Direction),
    callerName: parameters.CallerName,
    forwardedFrom: parameters.ForwardedFrom,
    clientState: parameters.CustomField,
  });
  const call = { callId, from: CallFrom ?? From, to: CallTo ?? To, details };
  return { kind: "call", call: webhookCall("Exotel", call) };
}

/** Tells whether a request is a callback: it has a field that no request for an address has. */
function isNews(parameters: Fields): boolean {
  return Object.keys(parameters).some((name) => NEWS_FIELDS.test(name));
}

const NEWS_FIELDS = /^(Stream(\[.*)?|Status|EventType|event_type|event|CallState|RecordingUrl)$/i;

function account(environment: Environment): CarrierAccount {
  const { EXOTEL_STREAM_USERNAME: username, EXOTEL_STREAM_PASSWORD: password } = environment;
  if (!username || !password) return {};
  const verify = basicVerifier(username, password);
  return { verifyWebhook: verify, verifyUpgrade: verify };
}

function readStart(message: unknown): CarrierStart | undefined {
  const { raw, start } = startMessage(message) ?? {};
  if (!raw || !start) return undefined;
  const callId = field(start, "call_sid");
  const streamId = field(start, "stream_sid") ?? (callId && field(raw, "stream_sid"));
  if (streamId === undefined && callId === undefined) return undefined;
  const { from, to } = start;
  const body = customParameters(field(start, "custom_parameters"));
  const call = { streamId, callId, from, to, body, raw };
  // Whatever it calls them, Exotel streams 16-bit samples.
  const { sampleRate } = mediaFormat(field(start, "media_format"), "sample_rate", "Exotel");
  return { callData: callData("Exotel", call), audio: { encoding: "l16", sampleRate } };
}

function serializer(start: CarrierStart): CarrierSerializer {
  return streamSerializer(start, { idName: "stream_sid", codec: l16, size: SIZE });
}

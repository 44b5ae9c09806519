/**
 * Asterisk's WebSocket channel (`chan_websocket`), for telephony on one's own premises: Asterisk
 * 20.16, 22.6, 23 and later; G.711 or 16-bit samples as they are.
 *
 * Asterisk asks nobody what to do with a call: its dialplan opens the stream, and the stream is the
 * call. Dial a connection of `websocket_client.conf`, with `protocols = media` and the address
 * `wss://bot.example.com/ws`, with what the bot should know about the call:
 *
 * ```
 * exten => _X.,1,Dial(WebSocket/bot/c(slin16)f(json)v(from=${CALLERID(num)},to=${EXTEN}))
 * ```
 *
 * Secrets: `ASTERISK_STREAM_USERNAME` and `ASTERISK_STREAM_PASSWORD` are the `username` and the
 * `password` of that connection. Closing the stream ends the call, or lets the dialplan go on.
 *
 * @module
 */
import type {
  Carrier,
  CarrierAccount,
  CarrierAudio,
  CarrierSerializer,
  CarrierStart,
  Environment,
} from "../../../core/carrier.ts";
import { asteriskCommands } from "./asterisk_commands.ts";
import { parseJson } from "../../../core/json.ts";
import { CODECS } from "./codec.ts";
import { keyOf, malformed, markOf, readFields, sampleReader } from "./event.ts";
import { type Fields, fields, plain, text } from "./fields.ts";
import { basicVerifier } from "./signature.ts";
import { badStart, callData } from "./start.ts";

/** The longest message that Asterisk takes, in bytes. */
const MAX_MESSAGE_BYTES = 65_535;

/** Asterisk's names of the formats that can be streamed. */
const FORMATS = new Map<unknown, CarrierAudio>([
  ["ulaw", { encoding: "mulaw", sampleRate: 8_000 }],
  ["alaw", { encoding: "alaw", sampleRate: 8_000 }],
  ["slin", { encoding: "l16", sampleRate: 8_000 }],
  ["slin12", { encoding: "l16", sampleRate: 12_000 }],
  ["slin16", { encoding: "l16", sampleRate: 16_000 }],
  ["slin24", { encoding: "l16", sampleRate: 24_000 }],
  ["slin32", { encoding: "l16", sampleRate: 32_000 }],
  ["slin48", { encoding: "l16", sampleRate: 48_000 }],
]);

/** Asterisk. */
export const asterisk: Carrier = {
  name: "asterisk",
  variables: ["ASTERISK_STREAM_USERNAME", "ASTERISK_STREAM_PASSWORD"],
  secret: "ASTERISK_STREAM_USERNAME and ASTERISK_STREAM_PASSWORD",
  upgradeHeader: "authorization",
  endsWithStream: true,
  account,
  commandVariables: "ASTERISK_AMI_URL, ASTERISK_AMI_USERNAME and ASTERISK_AMI_SECRET",
  commands: asteriskCommands,
  cannot: {
    dial: "On Asterisk, originate the call there, with Dial(WebSocket/…) for its other end.",
    detectMachines: "On Asterisk, AMD() in the dialplan finds out who answers.",
  },
  hasExtensions: true,
  readStart,
  serializer,
};

function account(environment: Environment): CarrierAccount {
  const { ASTERISK_STREAM_USERNAME: username, ASTERISK_STREAM_PASSWORD: password } = environment;
  return username && password ? { verifyUpgrade: basicVerifier(username, password) } : {};
}

function readStart(message: unknown, query: URLSearchParams): CarrierStart | undefined {
  const raw = typeof message === "string" ? plainEvent(message) : fields(message);
  if (raw?.event !== "MEDIA_START") return undefined;
  const { channel, channel_id, format, channel_variables } = raw;
  const body = { ...fields(channel_variables), ...Object.fromEntries(query) };
  const { from, to } = body;
  // Early versions send no channel id, but its name works as well.
  const call = { streamId: channel, callId: text(channel_id) ?? channel, from, to, body, raw };
  const audio = FORMATS.get(format);
  if (!audio) {
    const known = [...FORMATS.keys()].join(", ");
    throw badStart(
      `Asterisk streams a format that is not supported: dial with c(…), one of ${known}.`,
    );
  }
  return { callData: callData("Asterisk", call), audio };
}

function serializer({ callData: { raw }, audio }: CarrierStart): CarrierSerializer {
  const codec = CODECS[audio.encoding];
  const { bytesPerSample } = codec;
  const { optimal_frame_size, channel_variables } = fields(raw) ?? {};
  // If a message is not a multiple of a frame, Asterisk drops the rest.
  const told = Number(plain(optimal_frame_size)) / bytesPerSample;
  const frame = Number.isInteger(told) && told > 0 ? told : audio.sampleRate / 50;
  const media = sampleReader({ codec, sampleRate: audio.sampleRate });
  const mark = ({ correlation_id }: Fields) => markOf(correlation_id);
  const readers = {
    DTMF_END: ({ digit }: Fields) => keyOf(digit),
    MEDIA_MARK_PROCESSED: mark,
    MEDIA_BUFFERING_COMPLETED: mark,
    ERROR: () => malformed("Asterisk reports an error"),
  };
  // Only JSON carries variables, and whoever speaks JSON gets JSON.
  const command = channel_variables === undefined
    ? (name: string, ...id: string[]) => [name, ...id].join(" ")
    : (command: string, correlation_id?: string) => JSON.stringify({ command, correlation_id });
  return {
    size: { min: frame, max: MAX_MESSAGE_BYTES / bytesPerSample, multiple: frame },
    parse(message) {
      if (typeof message !== "string") return media(message);
      const event = readMessage(message);
      return event ? readFields(event, readers) : malformed("neither JSON nor an event");
    },
    // The codec reuses its bytes, and what is sent may have to wait.
    media: (samples) => codec.encode(samples).slice(),
    // Every version answers this one, even if nothing was buffered; MARK_MEDIA came later.
    mark: (name) => command("STOP_MEDIA_BUFFERING", name),
    clear: () => command("FLUSH_MEDIA"),
  };
}

/** Reads a message in either of Asterisk's two formats. */
function readMessage(message: string): Fields | undefined {
  return message.startsWith("{") ? fields(parseJson(message)) : plainEvent(message);
}

/** Reads an event in plain text: its name, and then one id or pairs such as `digit:5`. */
function plainEvent(message: string): Fields | undefined {
  const [, event, rest = ""] = /^([A-Z_]+)(?: (.*))?$/.exec(message) ?? [];
  if (event === undefined) return undefined;
  if (!rest.includes(":")) return { event, ...(rest ? { correlation_id: rest } : {}) };
  const pairs = rest.split(" ").map((word) => {
    const at = word.indexOf(":");
    return [word.slice(0, at), word.slice(at + 1)];
  });
  return { event, ...Object.fromEntries(pairs) };
}

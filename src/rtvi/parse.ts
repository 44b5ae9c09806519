/**
 * Reads what a client sends on the RTVI channel.
 *
 * @module
 */
import {
  anything,
  either,
  fields,
  flag,
  list,
  mapped,
  nullish,
  number,
  oneOf,
  parse,
  type Parser,
  something,
  text,
  textOf,
} from "../core/parse.ts";
import type { FileSource } from "./client_messages.ts";
import { RTVI_LABEL, type RtviClientMessage, type RtviClientType } from "./protocol.ts";

/** The most keys of one message. */
const MOST_KEYS = 64;

/** A field that may be missing. Pipecat's own clients in Python write `null` for it. */
const maybe = <T>(parser: Parser<T>) => mapped(nullish(parser), (value) => value ?? undefined);

const Audio = { sampleRate: maybe(number), numChannels: maybe(number) };
const TextOptions = { run_immediately: maybe(flag), audio_response: maybe(flag) };
const Anything = fields({});
/** The form of a file's source. As with Pipecat, its other field decides, and not what it is called. */
const form = (name: FileSource["type"]) => mapped(maybe(oneOf("bytes", "url")), () => name);

const CLIENT_DATA = {
  "client-ready": otherwise(
    fields({
      // Any version is answered, a missing one with an error: the session goes on.
      version: otherwise(text, ""),
      about: otherwise(fields({ library: text }), { library: "unknown" }),
    }),
    { version: "", about: { library: "unknown" } },
  ),
  "disconnect-bot": maybe(Anything),
  "client-message": fields({ t: text, d: maybe(anything) }),
  "send-text": fields({ content: text, options: maybe(fields(TextOptions)) }),
  "send-file": fields({
    content: text,
    file: fields({
      format: text,
      name: maybe(text),
      source: either(
        fields({ type: form("bytes"), bytes: text, width: maybe(number), height: maybe(number) }),
        fields({ type: form("url"), url: text }),
      ),
    }),
    options: maybe(fields({ ...TextOptions, custom_options: maybe(Anything) })),
  }),
  "llm-function-call-result": fields({
    function_name: text,
    tool_call_id: text,
    arguments: something,
    result: something,
  }),
  "dtmf": either(
    fields({ buttons: list(text, MOST_KEYS) }),
    fields({ button: text }),
  ),
  "raw-audio": fields({ base64Audio: text, ...Audio }),
  "raw-audio-batch": fields({ base64AudioBatch: list(text), ...Audio }),
  "ui-event": fields({ event: text, payload: maybe(anything) }),
  "ui-snapshot": fields({ tree: something }),
  "ui-cancel-job-group": fields({ job_id: text, reason: maybe(text) }),
} satisfies Record<RtviClientType, Parser<unknown>>;

const Envelope = fields({
  id: otherwise(textOf(0, 256), ""),
  label: oneOf(RTVI_LABEL),
  type: text,
  data: maybe(anything),
});

/** What a message turned out to be. */
export type ParsedClientMessage =
  | { readonly kind: "message"; readonly message: RtviClientMessage }
  /** RTVI, but not to be understood: answer with `error-response`. */
  | { readonly kind: "refused"; readonly id: string; readonly error: string };

/** Parses an app message; undefined when it is not RTVI at all. */
export function parseClientMessage(value: unknown): ParsedClientMessage | undefined {
  const envelope = parse(Envelope, value);
  if (envelope.problem !== undefined) return undefined;
  const { id, type, data } = envelope.data;
  if (!isClientType(type)) {
    return { kind: "refused", id, error: `Unsupported type ${type.slice(0, 64)}` };
  }
  const parsed = parse<unknown>(CLIENT_DATA[type], data, "data");
  if (parsed.problem !== undefined) {
    return { kind: "refused", id, error: `${type}: ${parsed.problem}` };
  }
  const message = { id, label: RTVI_LABEL, type, data: parsed.data };
  return { kind: "message", message: message as RtviClientMessage }; // CLIENT_DATA[type] parsed it
}

/** Puts a value in the place of what is wrong. */
function otherwise<T>(parser: Parser<T>, value: T): Parser<T> {
  return (input) => {
    const parsed = parse(parser, input);
    return parsed.problem === undefined ? parsed.data : value;
  };
}

function isClientType(type: string): type is RtviClientType {
  return Object.hasOwn(CLIENT_DATA, type);
}

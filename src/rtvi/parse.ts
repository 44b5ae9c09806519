/**
 * Reads what a client sends on the RTVI channel.
 *
 * @module
 */
import * as z from "../core/zod.ts";
import { charactersUpTo, itemsUpTo } from "../core/checks.ts";
import { parseShape } from "../core/shape.ts";
import type { FileSource } from "./client_messages.ts";
import { RTVI_LABEL, type RtviClientMessage, type RtviClientType } from "./protocol.ts";

/** A field that may be missing. Pipecat's own Python clients write `null` for it. */
const maybe = <T>(schema: z.ZodMiniType<T>) =>
  z.pipe(z.nullish(schema), z.transform((value) => value ?? undefined));

const Audio = { sampleRate: maybe(z.number()), numChannels: maybe(z.number()) };
const TextOptions = {
  run_immediately: maybe(z.boolean()),
  audio_response: maybe(z.boolean()),
};
const Anything = z.looseObject({});
/** The form of a file's source. As in Pipecat, its other field decides, not its name. */
const form = (name: FileSource["type"]) =>
  z.pipe(maybe(z.enum(["bytes", "url"])), z.transform(() => name));

const CLIENT_DATA = {
  "client-ready": otherwise(
    z.looseObject({
      // Any version is answered, a missing one with an error: the session goes on.
      version: otherwise(z.string(), ""),
      about: otherwise(z.looseObject({ library: z.string() }), { library: "unknown" }),
    }),
    { version: "", about: { library: "unknown" } },
  ),
  "disconnect-bot": maybe(Anything),
  "client-message": z.looseObject({ t: z.string(), d: maybe(z.unknown()) }),
  "send-text": z.looseObject({ content: z.string(), options: maybe(z.looseObject(TextOptions)) }),
  "send-file": z.looseObject({
    content: z.string(),
    file: z.looseObject({
      format: z.string(),
      name: maybe(z.string()),
      source: z.union([
        z.looseObject({
          type: form("bytes"),
          bytes: z.string(),
          width: maybe(z.number()),
          height: maybe(z.number()),
        }),
        z.looseObject({ type: form("url"), url: z.string() }),
      ]),
    }),
    options: maybe(z.looseObject({ ...TextOptions, custom_options: maybe(Anything) })),
  }),
  "llm-function-call-result": z.looseObject({
    function_name: z.string(),
    tool_call_id: z.string(),
    arguments: z.unknown(),
    result: z.unknown(),
  }),
  "dtmf": z.union([
    z.looseObject({ buttons: z.array(z.string()).check(itemsUpTo(64)) }),
    z.looseObject({ button: z.string() }),
  ]),
  "raw-audio": z.looseObject({ base64Audio: z.string(), ...Audio }),
  "raw-audio-batch": z.looseObject({ base64AudioBatch: z.array(z.string()), ...Audio }),
  "ui-event": z.looseObject({ event: z.string(), payload: maybe(z.unknown()) }),
  "ui-snapshot": z.looseObject({ tree: z.unknown() }),
  "ui-cancel-job-group": z.looseObject({ job_id: z.string(), reason: maybe(z.string()) }),
} satisfies Record<RtviClientType, z.ZodMiniType>;

const Envelope = z.looseObject({
  id: otherwise(z.string().check(charactersUpTo(256)), ""),
  label: z.literal(RTVI_LABEL),
  type: z.string(),
  data: maybe(z.unknown()),
});

/** How a message was understood. */
export type ParsedClientMessage =
  | { readonly kind: "message"; readonly message: RtviClientMessage }
  /** RTVI, but not understood: answer with `error-response`. */
  | { readonly kind: "refused"; readonly id: string; readonly error: string };

/** Parses an app message; undefined if it is not RTVI at all. */
export function parseClientMessage(value: unknown): ParsedClientMessage | undefined {
  const envelope = Envelope.safeParse(value);
  if (!envelope.success) return undefined;
  const { id, type, data } = envelope.data;
  if (!isClientType(type)) {
    return { kind: "refused", id, error: `Unsupported type ${type.slice(0, 64)}` };
  }
  const parsed = parseShape<unknown>(CLIENT_DATA[type], data, "data");
  if (parsed.problem !== undefined) {
    return { kind: "refused", id, error: `${type}: ${parsed.problem}` };
  }
  const message = { id, label: RTVI_LABEL, type, data: parsed.data };
  return { kind: "message", message: message as RtviClientMessage }; // CLIENT_DATA[type] parsed it
}

/** Replaces a wrong value. `z.catch` does too, but adds 3 kB to a Worker. */
function otherwise<T>(schema: z.ZodMiniType<T>, value: T): z.ZodMiniType<T> {
  const parse = (input: unknown): T => {
    const parsed = schema.safeParse(input);
    return parsed.success ? parsed.data : value;
  };
  return z.pipe(z.optional(z.unknown()), z.transform(parse));
}

function isClientType(type: string): type is RtviClientType {
  return Object.hasOwn(CLIENT_DATA, type);
}

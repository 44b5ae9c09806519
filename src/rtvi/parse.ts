/**
 * Reads what a client sends on the RTVI channel.
 *
 * @module
 */
import * as z from "zod";
import { RTVI_LABEL, type RtviClientMessage, type RtviClientType } from "./protocol.ts";

const Audio = { sampleRate: z.number().optional(), numChannels: z.number().optional() };

const CLIENT_DATA = {
  "client-ready": z.looseObject({
    // Any version is answered, a missing one with an error: the session goes on.
    version: z.string().catch(""),
    about: z.looseObject({ library: z.string() }).catch({ library: "unknown" }),
  }).catch({ version: "", about: { library: "unknown" } }),
  "disconnect-bot": z.looseObject({}).nullish(),
  "client-message": z.looseObject({ t: z.string(), d: z.unknown().optional() }),
  "send-text": z.looseObject({
    content: z.string(),
    options: z.looseObject({
      run_immediately: z.boolean().optional(),
      audio_response: z.boolean().optional(),
    }).optional(),
  }),
  "llm-function-call-result": z.looseObject({
    function_name: z.string(),
    tool_call_id: z.string(),
    arguments: z.unknown(),
    result: z.unknown(),
  }),
  "dtmf": z.union([
    z.looseObject({ buttons: z.array(z.string()).max(64) }),
    z.looseObject({ button: z.string() }),
  ]),
  "raw-audio": z.looseObject({ base64Audio: z.string(), ...Audio }),
  "raw-audio-batch": z.looseObject({ base64AudioBatch: z.array(z.string()), ...Audio }),
  "ui-event": z.looseObject({ event: z.string(), payload: z.unknown().optional() }),
  "ui-snapshot": z.looseObject({ tree: z.unknown() }),
  "ui-cancel-job-group": z.looseObject({ job_id: z.string(), reason: z.string().optional() }),
} satisfies Record<RtviClientType, z.ZodType>;

const Envelope = z.looseObject({
  id: z.string().max(256).catch(""),
  label: z.literal(RTVI_LABEL),
  type: z.string(),
  data: z.unknown().optional(),
});

/** What a message turned out to be. */
export type ParsedClientMessage =
  | { readonly kind: "message"; readonly message: RtviClientMessage }
  /** RTVI, but not to be understood: answer with `error-response`. */
  | { readonly kind: "refused"; readonly id: string; readonly error: string };

/** Parses an app message; undefined when it is not RTVI at all. */
export function parseClientMessage(value: unknown): ParsedClientMessage | undefined {
  const envelope = Envelope.safeParse(value);
  if (!envelope.success) return undefined;
  const { id, type, data } = envelope.data;
  if (!isClientType(type)) {
    return { kind: "refused", id, error: `Unsupported type ${type.slice(0, 64)}` };
  }
  const parsed = CLIENT_DATA[type].safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = ["data", ...(issue?.path ?? [])].join(".");
    return { kind: "refused", id, error: `${type}: ${where}: ${issue?.message}` };
  }
  const message = { id, label: RTVI_LABEL, type, data: parsed.data };
  return { kind: "message", message: message as RtviClientMessage }; // CLIENT_DATA[type] parsed it
}

function isClientType(type: string): type is RtviClientType {
  return Object.hasOwn(CLIENT_DATA, type);
}

/**
 * What a client may send to OpenAI's Realtime API (GA), as strictly as the API reads it.
 *
 * @module
 */
import { z } from "zod";

const format = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("audio/pcm"), rate: z.literal(24_000).optional() }),
  z.strictObject({ type: z.literal("audio/pcmu") }),
  z.strictObject({ type: z.literal("audio/pcma") }),
]);
const turnDetection = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("server_vad"),
    threshold: z.number().min(0).max(1).optional(),
    prefix_padding_ms: z.int().min(0).optional(),
    silence_duration_ms: z.int().min(0).optional(),
    idle_timeout_ms: z.int().nullish(),
    create_response: z.boolean().optional(),
    interrupt_response: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal("semantic_vad"),
    eagerness: z.enum(["low", "medium", "high", "auto"]).optional(),
    create_response: z.boolean().optional(),
    interrupt_response: z.boolean().optional(),
  }),
]);
const tool = z.strictObject({
  type: z.literal("function"),
  name: z.string().regex(/^[\w-]{1,64}$/),
  description: z.string().optional(),
  parameters: z.looseObject({ type: z.literal("object") }),
  strict: z.boolean().optional(),
});

/** The configuration of a session. */
const session = z.strictObject({
  type: z.literal("realtime"),
  model: z.string().optional(),
  instructions: z.string().optional(),
  output_modalities: z.array(z.enum(["audio", "text"])).length(1).optional(),
  audio: z.strictObject({
    input: z.strictObject({
      format: format.optional(),
      noise_reduction: z.strictObject({ type: z.enum(["near_field", "far_field"]) }).nullish(),
      transcription: z.strictObject({
        model: z.string().optional(),
        language: z.string().optional(),
        prompt: z.string().optional(),
      }).nullish(),
      turn_detection: turnDetection.nullish(),
    }).optional(),
    output: z.strictObject({
      format: format.optional(),
      speed: z.number().min(0.25).max(1.5).optional(),
      voice: z.enum([
        "alloy",
        "ash",
        "ballad",
        "coral",
        "echo",
        "sage",
        "shimmer",
        "verse",
        "marin",
        "cedar",
      ]).optional(),
    }).optional(),
  }).optional(),
  tools: z.array(tool).optional(),
  tool_choice: z.enum(["auto", "none", "required"]).optional(),
  max_output_tokens: z.union([z.int().min(1).max(4096), z.literal("inf")]).optional(),
  tracing: z.union([z.literal("auto"), z.looseObject({})]).nullish(),
  prompt: z.looseObject({}).nullish(),
  include: z.array(z.string()).nullish(),
});

/** The configuration of a session, as it was understood. */
export type SessionConfig = z.infer<typeof session>;

const message = z.strictObject({
  type: z.literal("message"),
  id: z.string().optional(),
  role: z.enum(["user", "system", "assistant"]),
  content: z.array(z.looseObject({ type: z.string() })),
});
const functionOutput = z.strictObject({
  type: z.literal("function_call_output"),
  id: z.string().optional(),
  call_id: z.string(),
  output: z.string(),
});
const event = <T extends string, Shape extends z.ZodRawShape>(type: T, shape: Shape) =>
  z.strictObject({ type: z.literal(type), event_id: z.string().optional(), ...shape });

/** All events of a client. */
const clientEvent = z.discriminatedUnion("type", [
  event("session.update", { session }),
  event("input_audio_buffer.append", { audio: z.base64() }),
  event("input_audio_buffer.commit", {}),
  event("input_audio_buffer.clear", {}),
  event("conversation.item.create", {
    previous_item_id: z.string().nullish(),
    item: z.discriminatedUnion("type", [message, functionOutput]),
  }),
  event("conversation.item.retrieve", { item_id: z.string() }),
  event("conversation.item.delete", { item_id: z.string() }),
  event("conversation.item.truncate", {
    item_id: z.string(),
    content_index: z.literal(0),
    audio_end_ms: z.int().min(0),
  }),
  event("response.create", {
    response: z.looseObject({ metadata: z.record(z.string(), z.string()).optional() }).optional(),
  }),
  event("response.cancel", { response_id: z.string().optional() }),
  event("output_audio_buffer.clear", {}),
]);

/** An event of a client. */
export type ClientEvent = z.infer<typeof clientEvent>;

/** Something that the API refuses. */
export class Refusal extends Error {
  readonly code: string;
  readonly param: string | null;

  constructor(message: string, code: string, param: string | null = null) {
    super(message);
    this.code = code;
    this.param = param;
  }
}

/**
 * Reads an event of a client.
 *
 * @throws {Refusal} When the API would not take it.
 */
export function parseClientEvent(message: string | ArrayBuffer): ClientEvent {
  if (typeof message !== "string") {
    throw new Refusal("Binary messages are not supported.", "invalid");
  }
  const { success, data, error } = clientEvent.safeParse(JSON.parse(message));
  if (success) return data;
  const [issue] = error.issues;
  const param = issue?.path.join(".") ?? null;
  if (issue?.code === "unrecognized_keys") {
    const name = [...issue.path, issue.keys[0]].join(".");
    throw new Refusal(`Unknown parameter: '${name}'.`, "unknown_parameter", name);
  }
  throw new Refusal(`Invalid value for '${param}': ${issue?.message}`, "invalid_value", param);
}

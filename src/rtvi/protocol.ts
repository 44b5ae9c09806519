/**
 * RTVI 2.2.0, every message typed. RTVI is the protocol between Pipecat's clients and bots. The
 * shapes come from the RTVI processor of Pipecat 1.14.0, whose own models check them in
 * `deno task test:interop`.
 *
 * @module
 */
import type { RtviClientData } from "./client_messages.ts";
import type { RtviServerData } from "./server_messages.ts";

/** The version spoken here. */
export const RTVI_VERSION = "2.2.0";
/** The label that distinguishes an RTVI message from any other app message. */
export const RTVI_LABEL = "rtvi-ai";

/** Any JSON value. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** The type of a client's message. */
export type RtviClientType = keyof RtviClientData;
/** The type of a bot's message. */
export type RtviServerType = keyof RtviServerData;

/** A message from a client, one member per type. */
export type RtviClientMessage = {
  readonly [T in RtviClientType]: {
    readonly id: string;
    readonly label: typeof RTVI_LABEL;
    readonly type: T;
    readonly data: RtviClientData[T];
  };
}[RtviClientType];

/** A message from a bot, one member per type. */
export type RtviServerMessage = {
  readonly [T in RtviServerType]: {
    readonly id: string;
    readonly label: typeof RTVI_LABEL;
    readonly type: T;
    readonly data?: RtviServerData[T];
  };
}[RtviServerType];

/** A message of one type from a client. */
export type RtviClientMessageOf<T extends RtviClientType> = Extract<
  RtviClientMessage,
  { readonly type: T }
>;

/** Makes a bot's message. `id` is that of the message it answers. Default: a new one. */
export function serverMessage<T extends RtviServerType>(
  type: T,
  data?: RtviServerData[T],
  id: string = crypto.randomUUID(),
): RtviServerMessage {
  const all = SYNONYMS[type] ? withSynonyms(SYNONYMS[type], data) : data;
  const envelope = { id, label: RTVI_LABEL, type, ...(all === undefined ? {} : { data: all }) };
  return envelope as RtviServerMessage; // type and data are paired by the signature
}

/** Fields that had other names before: a value for one is sent under all. */
const SYNONYMS: Readonly<Partial<Record<RtviServerType, readonly string[]>>> = {
  "error": ["error", "message"],
  "bot-output": ["output_type", "text_type", "aggregated_by"],
};

function withSynonyms(names: readonly string[], data: unknown): unknown {
  if (typeof data !== "object" || data === null) return data;
  const [, given] = Object.entries(data).find(([name]) => names.includes(name)) ?? [];
  if (given === undefined) return data;
  return { ...Object.fromEntries(names.map((name) => [name, given])), ...data };
}

/** A protocol version as numbers, such as `[2, 1, 0]`; undefined if it is none. */
export function protocolVersion(text: string): readonly number[] | undefined {
  return /^\d{1,9}\.\d{1,9}\.\d{1,9}$/.test(text) ? text.split(".").map(Number) : undefined;
}

const NEW_IN_2_2: readonly RtviServerType[] = ["stt-raw-text", "llm-raw-text", "tts-raw-text"];

/**
 * Whether a message is for clients of a version. As in Pipecat, older ones do not get raw text, nor
 * a backchannel, which they would show as part of the bot's answer. They ignore any other unknown
 * type.
 *
 * @param version The client's; undefined while it is unknown.
 */
export function isFor(version: readonly number[] | undefined, message: RtviServerMessage): boolean {
  const { type, data } = message;
  const backchannel = type === "bot-output" && !!data && "output_type" in data &&
    data.output_type === "backchannel";
  if (!backchannel && !NEW_IN_2_2.includes(type)) return true;
  const [major = 0, minor = 0] = version ?? [];
  return major > 2 || major === 2 && minor >= 2;
}

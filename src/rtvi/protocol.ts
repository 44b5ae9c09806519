/**
 * RTVI 2.1.0, every message typed. RTVI is the protocol between Pipecat's clients and bots; the
 * source of the shapes is Pipecat's RTVI processor and `@pipecat-ai/client-js` 1.13.
 *
 * @module
 */

/** The version spoken here. */
export const RTVI_VERSION = "2.1.0";
/** The label that tells an RTVI message from any other app message. */
export const RTVI_LABEL = "rtvi-ai";

/** Any JSON value. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Who speaks. */
export interface AboutClient {
  readonly library: string;
  readonly library_version?: string;
  readonly platform?: string;
  readonly platform_version?: string;
  readonly platform_details?: unknown;
}

/** The `data` of every message that a client sends, by type. */
export interface RtviClientData {
  "client-ready": { readonly version: string; readonly about: AboutClient };
  "disconnect-bot": Readonly<Record<string, never>> | undefined;
  "client-message": { readonly t: string; readonly d?: unknown };
  "send-text": {
    readonly content: string;
    readonly options?: { readonly run_immediately?: boolean; readonly audio_response?: boolean };
  };
  "llm-function-call-result": {
    readonly function_name: string;
    readonly tool_call_id: string;
    readonly arguments: unknown;
    readonly result: unknown;
  };
  /** Version 2.1 sends `buttons`, 2.0 one `button` a message. */
  "dtmf": { readonly buttons: readonly string[] } | { readonly button: string };
  "raw-audio": {
    readonly base64Audio: string;
    readonly sampleRate?: number;
    readonly numChannels?: number;
  };
  "raw-audio-batch": {
    readonly base64AudioBatch: readonly string[];
    readonly sampleRate?: number;
    readonly numChannels?: number;
  };
  "ui-event": { readonly event: string; readonly payload?: unknown };
  "ui-snapshot": { readonly tree: unknown };
  "ui-cancel-job-group": { readonly job_id: string; readonly reason?: string };
}

/** A bot's line, as the second protocol version shows it growing. */
export interface BotOutput {
  readonly text: string;
  readonly aggregated_by: string;
  readonly segment_id: number;
  readonly will_be_spoken: boolean;
  readonly spoken_status: "new" | "in-progress" | "completed";
  readonly spoken_progress?: {
    readonly accumulated_text: string;
    readonly remaining_text: string;
  };
}

/** A bot's line, as the first protocol version shows it. */
export interface BotOutputV1 {
  readonly text: string;
  readonly aggregated_by: string;
  readonly spoken: boolean;
}

/** One measured value, in the unit of its list: seconds for `ttfb` and `processing`. */
export interface Metric {
  readonly processor: string;
  readonly model?: string;
  readonly value: number;
}

/** The `data` of every message that a bot sends, by type. */
export interface RtviServerData {
  "bot-ready": { readonly version: string; readonly about?: { readonly library: string } };
  "error": { readonly message: string; readonly fatal: boolean };
  "error-response": { readonly error: string };
  "server-response": { readonly t: string; readonly d?: unknown };
  "server-message": unknown;
  "user-started-speaking": undefined;
  "user-stopped-speaking": undefined;
  "vad-user-started-speaking": undefined;
  "vad-user-stopped-speaking": undefined;
  "bot-started-speaking": undefined;
  "bot-stopped-speaking": undefined;
  "bot-interrupted": undefined;
  "user-mute-started": undefined;
  "user-mute-stopped": undefined;
  "user-transcription": {
    readonly text: string;
    readonly final: boolean;
    readonly timestamp: string;
    readonly user_id: string;
  };
  "user-llm-text": { readonly text: string };
  "bot-output": BotOutput | BotOutputV1;
  "bot-transcription": { readonly text: string };
  "bot-llm-started": undefined;
  "bot-llm-stopped": undefined;
  "bot-llm-text": { readonly text: string };
  "bot-llm-search-response": {
    readonly search_result?: string;
    readonly rendered_content?: string;
    readonly origins: readonly unknown[];
  };
  "bot-tts-started": undefined;
  "bot-tts-stopped": undefined;
  "bot-tts-text": { readonly text: string };
  "bot-tts-audio": {
    readonly audio: string;
    readonly sample_rate: number;
    readonly num_channels: number;
  };
  "llm-function-call-started": { readonly function_name?: string };
  "llm-function-call-in-progress": {
    readonly function_name?: string;
    readonly tool_call_id: string;
    readonly arguments?: unknown;
  };
  "llm-function-call-stopped": {
    readonly function_name?: string;
    readonly tool_call_id: string;
    readonly cancelled: boolean;
    readonly result?: unknown;
  };
  /** Deprecated by the three messages above. */
  "llm-function-call": {
    readonly function_name: string;
    readonly tool_call_id: string;
    readonly args: unknown;
  };
  "metrics": {
    readonly ttfb?: readonly Metric[];
    readonly processing?: readonly Metric[];
    readonly characters?: readonly Metric[];
    readonly tokens?: readonly unknown[];
    readonly stt_usage?: readonly unknown[];
  };
  "user-audio-level": { readonly value: number };
  "bot-audio-level": { readonly value: number };
  "system-log": { readonly text: string };
  "ui-command": { readonly command: string; readonly payload?: unknown };
  "ui-job-group": {
    readonly kind: "group_started" | "job_update" | "job_completed" | "group_completed";
    readonly [key: string]: unknown;
  };
}

/** The type of a client's message. */
export type RtviClientType = keyof RtviClientData;
/** The type of a bot's message. */
export type RtviServerType = keyof RtviServerData;

/** A message from a client, one member a type. */
export type RtviClientMessage = {
  readonly [T in RtviClientType]: {
    readonly id: string;
    readonly label: typeof RTVI_LABEL;
    readonly type: T;
    readonly data: RtviClientData[T];
  };
}[RtviClientType];

/** A message from a bot, one member a type. */
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
  const envelope = { id, label: RTVI_LABEL, type, ...(data === undefined ? {} : { data }) };
  return envelope as RtviServerMessage; // type and data are paired by the signature
}

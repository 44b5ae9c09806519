/**
 * RTVI, the messages between a bot and its client, typed.
 *
 * @example
 * ```ts
 * import type { RtviServerMessage } from "@pipecat/runner/rtvi";
 *
 * const types = (messages: readonly RtviServerMessage[]) => messages.map(({ type }) => type);
 * console.log(types([]));
 * ```
 *
 * @module
 */
export type { RtviChannel } from "./channel.ts";
export type { RtviShorthands, UserSaidOptions } from "./shorthands.ts";
export type {
  AboutClient,
  ClientFile,
  FileSource,
  RtviClientData,
  SendFileOptions,
  SendTextOptions,
} from "./client_messages.ts";
export {
  type Json,
  RTVI_LABEL,
  RTVI_VERSION,
  type RtviClientMessage,
  type RtviClientMessageOf,
  type RtviClientType,
  type RtviServerMessage,
  type RtviServerType,
} from "./protocol.ts";
export type {
  BotCapabilities,
  BotOutput,
  BotOutputV1,
  JobGroup,
  Measured,
  Metric,
  Metrics,
  RtviError,
  RtviServerData,
  TextData,
  UserInput,
  UserTranscription,
} from "./server_messages.ts";

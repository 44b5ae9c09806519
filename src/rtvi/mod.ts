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
export {
  type AboutClient,
  type BotOutput,
  type BotOutputV1,
  type Json,
  type Metric,
  RTVI_LABEL,
  RTVI_VERSION,
  type RtviClientData,
  type RtviClientMessage,
  type RtviClientMessageOf,
  type RtviClientType,
  type RtviServerData,
  type RtviServerMessage,
  type RtviServerType,
} from "./protocol.ts";

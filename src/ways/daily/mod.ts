/**
 * Daily's rooms, and the phone calls into them.
 *
 * @example
 * ```ts ignore
 * import { configureDaily } from "@pipecat/runner/daily";
 *
 * const { roomUrl, token } = await configureDaily({ environment: Deno.env.toObject() });
 * ```
 *
 * @module
 */
export type { Environment } from "../../core/carrier.ts";
export {
  configureDaily,
  type ConfigureDailyOptions,
  type DailyRoomConfig,
  deleteDailyRoom,
} from "./configure.ts";
export { DailyDialinRequest, type DialinSettings, pinlessCallUpdate } from "./waiting_call.ts";
export type {
  DailyBucket,
  DailyPermissions,
  DailyRecording,
  DailyRoomProperties,
  DailySipProperties,
  Maybe,
} from "./room_properties.ts";
export type { DailyMeetingTokenProperties } from "./token_properties.ts";
export type { DailyRoomEnd } from "./session.ts";
export type { DailyOpenProperties } from "./wishes.ts";

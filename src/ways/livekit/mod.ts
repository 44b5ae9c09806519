/**
 * LiveKit's rooms: tokens for them, and the port to LiveKit's media library.
 *
 * @example
 * ```ts ignore
 * import { configureLiveKit } from "@pipecat/runner/livekit";
 *
 * const { url, roomName, token } = await configureLiveKit({ environment: Deno.env.toObject() });
 * ```
 *
 * @module
 */
export type { Environment } from "../../core/carrier.ts";
export type {
  LiveKitAudioFrame,
  LiveKitAudioSource,
  LiveKitLocalParticipant,
  LiveKitParticipant,
  LiveKitPublication,
  LiveKitRoom,
  LiveKitRtc,
  LiveKitTrack,
} from "./rtc.ts";
export {
  configureLiveKit,
  type ConfigureLiveKitOptions,
  type LiveKitRoomConfig,
} from "./configure.ts";

/**
 * STUN and TURN servers with short-lived credentials: functions for the option `iceServers`, for
 * coturn's shared secret and for the APIs of Cloudflare and Twilio. They need only `fetch` and Web
 * Crypto.
 *
 * @example
 * ```ts
 * import { coturn } from "@pipecat/runner/ice";
 *
 * export const options = {
 *   iceServers: coturn({ secret: "shared with coturn", urls: ["turn:turn.example.com:3478"] }),
 * };
 * ```
 *
 * @module
 */
export { cloudflareTurn, type CloudflareTurnOptions } from "./cloudflare.ts";
export { coturn, type CoturnOptions } from "./coturn.ts";
export { twilioTurn, type TwilioTurnOptions } from "./twilio.ts";
export type { IceServerSource } from "../core/ice_servers.ts";
export type { IceServer } from "../core/peer.ts";

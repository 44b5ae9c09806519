/**
 * The names of the transports, as values.
 *
 * @module
 */
import { CARRIER_NAMES } from "../carriers/mod.ts";
import type { TransportName } from "../core/bot.ts";

/** Every transport, in the order in which they are shown. */
export const TRANSPORT_NAMES: readonly TransportName[] = [
  "webrtc",
  "daily",
  "livekit",
  ...CARRIER_NAMES,
  "websocket",
];

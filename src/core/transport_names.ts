/**
 * The names of the transports, as values and as types.
 *
 * @module
 */

/** The carriers, in the order in which they are shown; `ways/phone/carriers/mod.ts` has one for each name. */
export const CARRIER_NAMES = ["twilio", "telnyx", "plivo", "exotel", "vonage", "asterisk"] as const;

/** Every transport, in the order in which they are shown. */
export const TRANSPORT_NAMES = [
  "webrtc",
  "daily",
  "livekit",
  ...CARRIER_NAMES,
  "websocket",
  "eval",
] as const;

/** The name of a phone company that streams a call over a WebSocket. */
export type TelephonyTransportName = (typeof CARRIER_NAMES)[number];

/** The name of a transport, as `POST /start` spells it. */
export type TransportName = (typeof TRANSPORT_NAMES)[number];

/**
 * Every way in that this package has.
 *
 * @module
 */
import { CARRIERS } from "../carriers/mod.ts";
import { daily } from "./daily.ts";
import { forwardedWebrtc } from "./forwarded_webrtc.ts";
import { livekit } from "./livekit.ts";
import { phone } from "./phone.ts";
import type { MakeWay } from "./way.ts";
import { webrtc } from "./webrtc.ts";
import { websocket } from "./websocket.ts";
import { whatsapp } from "./whatsapp.ts";

/**
 * Makes the ways in, in the order in which `GET /status` shows their transports. Each decides by the
 * settings whether it is there.
 */
export function allWays(): readonly MakeWay[] {
  return [
    forwardedWebrtc(webrtc),
    daily,
    livekit,
    phone(...Object.values(CARRIERS)),
    websocket,
    whatsapp,
  ];
}

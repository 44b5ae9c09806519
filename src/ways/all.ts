/**
 * Every way in that this package has.
 *
 * @module
 */
import { CARRIERS } from "./phone/carriers/mod.ts";
import { evals } from "./eval/way.ts";
import { daily } from "./daily/way.ts";
import { forwardedWebrtc } from "./webrtc/forwarded_way.ts";
import { livekit } from "./livekit/way.ts";
import { phone } from "./phone/way.ts";
import type { MakeWay } from "./way.ts";
import { webrtc } from "./webrtc/way.ts";
import { websocket } from "./websocket/way.ts";
import { whatsapp } from "./whatsapp/way.ts";

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
    evals,
  ];
}

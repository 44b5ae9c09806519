/**
 * The ways in that a Worker can have. Its bundle has no parts that are loaded later, so all that a way
 * needs is at hand.
 *
 * @module
 */
import type { Carrier } from "../core/carrier.ts";
import { fetchedSockets } from "../nodes/fetched_sockets.ts";
import { createFront } from "../nodes/front.ts";
import * as dailyHandlers from "../ways/daily/handlers.ts";
import { daily as dailyWay } from "../ways/daily/way.ts";
import { livekitStarter } from "../ways/livekit/starter.ts";
import { livekit } from "../ways/livekit/way.ts";
import { diallerOf } from "../ways/phone/dialler.ts";
import { dialling as diallingWay } from "../ways/phone/dialling_way.ts";
import { switchboardOf } from "../ways/phone/switchboard.ts";
import { phone as phoneWay } from "../ways/phone/way.ts";
import type { Kit, MakeWay, Way } from "../ways/way.ts";
import { forwardedWebrtc as forwardedWay } from "../ways/webrtc/forwarded_way.ts";
import * as websocketHandlers from "../ways/websocket/handlers.ts";
import { websocket as websocketWay } from "../ways/websocket/way.ts";

/** Makes WebRTC on the `mediaNodes` of the options a way in: a Worker has none itself. */
export function forwardedWebrtc(): MakeWay {
  return (kit) => forwardedWay(kit, () => ({ createFront, sockets: fetchedSockets }));
}

/** Daily's rooms as a way in, with the phone calls that Daily takes. */
export function daily(kit: Kit): Way | undefined {
  return dailyWay(kit, () => dailyHandlers);
}

/** LiveKit's rooms as a way in: bots join them by themselves. */
export function livekitTokens(kit: Kit): Way | undefined {
  return livekit(kit, () => ({ livekitStarter }));
}

/** Makes the calls of these carriers a way in. */
export function phone(...carriers: readonly Carrier[]): MakeWay {
  const names = carriers.map(({ name }) => name);
  return (kit) => phoneWay(kit, names, () => switchboardOf(...carriers));
}

/** Lets calls be dialled through these carriers; whoever answers comes in through {@link phone}. */
export function dialling(...carriers: readonly Carrier[]): MakeWay {
  const names = carriers.map(({ name }) => name);
  return (kit) => diallingWay(kit, names, () => diallerOf(...carriers));
}

/** Plain WebSockets as a way in. */
export function websocket(kit: Kit): Way | undefined {
  return websocketWay(kit, () => websocketHandlers);
}

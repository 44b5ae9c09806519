/**
 * The composition of a runner that has time to load it: every way that this package has. What a way
 * serves is known at once; the code that serves it is loaded with the first request for it.
 *
 * @module
 */
import type { Composition } from "./compose.ts";
import { RunnerError } from "./core/error.ts";
import { whenCalled } from "./core/load_once.ts";
import { CARRIER_NAMES } from "./core/transport_names.ts";
import type { Feature } from "./features/feature.ts";
import { servedFiles } from "./features/files.ts";
import { uploadsOff } from "./features/uploads/off.ts";
import type { RunnerOptions } from "./runner_options.ts";
import { joinNetwork } from "./nodes/join.ts";
import { daily } from "./ways/daily/way.ts";
import { evals } from "./ways/eval/way.ts";
import { livekit } from "./ways/livekit/way.ts";
import { dialling } from "./ways/phone/dialling_way.ts";
import { phone } from "./ways/phone/way.ts";
import { forwardedWebrtc } from "./ways/webrtc/forwarded_way.ts";
import { webrtc } from "./ways/webrtc/way.ts";
import { websocket } from "./ways/websocket/way.ts";
import { whatsapp } from "./ways/whatsapp/way.ts";

/**
 * The composition of all hosts but Workers.
 *
 * @throws {RunnerError} `no_worker` in a bundle for Workers, which have their own composition.
 */
export function hostComposition(): Composition {
  // Bundlers for Workers know this name, and so leave out what is loaded later: otherwise they
  // would wrap each module of it, to run later, in a bundle that has no later.
  if (navigator.userAgent !== "Cloudflare-Workers") {
    return {
      // In the order in which `GET /status` shows their transports.
      ways: [
        (kit) =>
          forwardedWebrtc(
            kit,
            async () => {
              const [{ createFront }, { socketForwarder: sockets }] = await Promise.all([
                import("./nodes/front.ts"),
                import("./nodes/socket_forwarder.ts"),
              ]);
              return { createFront, sockets };
            },
            webrtc(kit, async () => (await import("./ways/webrtc/offers.ts")).createOffers),
          ),
        (kit) => daily(kit, () => import("./ways/daily/handlers.ts")),
        (kit) =>
          livekit(kit, async () => ({
            ...await import("./ways/livekit/starter.ts"),
            ...await import("./ways/livekit/transport.ts"),
          })),
        (kit) =>
          phone(kit, CARRIER_NAMES, async () => {
            const [{ switchboardOf }, { CARRIERS }] = await Promise.all([
              import("./ways/phone/switchboard.ts"),
              import("./ways/phone/carriers/mod.ts"),
            ]);
            return switchboardOf(...Object.values(CARRIERS));
          }),
        (kit) =>
          dialling(kit, CARRIER_NAMES, async () => {
            const [{ diallerOf }, { CARRIERS }] = await Promise.all([
              import("./ways/phone/dialler.ts"),
              import("./ways/phone/carriers/mod.ts"),
            ]);
            return diallerOf(...Object.values(CARRIERS));
          }),
        (kit) => websocket(kit, () => import("./ways/websocket/handlers.ts")),
        (kit) =>
          whatsapp(kit, async () => (await import("./ways/whatsapp/handlers.ts")).whatsappHandlers),
        (kit) => evals(kit, async () => (await import("./ways/eval/handlers.ts")).lookForHarness),
      ],
      readStart: whenCalled(async () => (await import("./http/protocol.ts")).readStart),
      joinNetwork: joinNetwork({
        entrance: () => import("./nodes/entrance.ts"),
        fleet: () => import("./nodes/fleet_side.ts"),
      }),
      features,
    };
  }
  throw new RunnerError("no_worker", "A Worker is made by worker(bot) of @pipecat/runner/workers.");
}

/** The features that settings request, and the answer to uploads if nothing accepts them. */
function features(options: RunnerOptions): Feature[] {
  return [...servedFiles(options), ...uploadsOff(options)];
}

/**
 * A bot in a container on Pipecat Cloud, instead of Pipecat's own base image.
 *
 * @example
 * ```ts ignore
 * import { serve } from "@pipecat/runner/node";
 * import { pipecatCloud } from "@pipecat/runner/pipecat-cloud";
 * import process from "node:process";
 * import { bot } from "./bot.ts";
 *
 * const server = await serve(bot, pipecatCloud(process.env));
 * process.once("SIGTERM", () => server.drain({ deadlineMs: 7_200_000 }));
 * ```
 *
 * @module
 */
import type { Environment } from "../core/carrier.ts";
import { loadOnce } from "../core/load_once.ts";
import { portOf } from "../core/network.ts";
import { cloudIceServers } from "../ways/pipecat_cloud/ice_servers.ts";
import { pipecatCloudWay } from "../ways/pipecat_cloud/way.ts";
import type { ServeOptions } from "./serve_options.ts";

export type { Environment } from "../core/carrier.ts";
export type { ServeOptions } from "./serve_options.ts";

/** Where the platform expects the container, unless `PORT` says otherwise. */
const PORT = 8080;
/** How long a session may go on once the platform stops the container, in s: `SHUTDOWN_TIMEOUT`. */
const SHUTDOWN_S = 7200;

/**
 * The settings of a server in a container on Pipecat Cloud: it answers `/bot`, `/ws`, `/api/offer`,
 * `/whatsapp` and the health checks as the platform asks for them. Only the platform reaches it, which
 * has asked for a key before, so pages of all origins are let in, and so are streams that nobody signs.
 *
 * @param environment Where `PORT` and `ICE_CONFIG_URL` are, as the platform sets them.
 */
export function pipecatCloud(environment: Environment): ServeOptions {
  return {
    hostname: "0.0.0.0",
    port: portOf(Number(environment.PORT || PORT)) ?? PORT,
    allowedOrigins: ["*"],
    evals: true,
    iceServers: cloudIceServers(environment.ICE_CONFIG_URL || undefined),
    startToken: false,
    readyz: () => ({ ready: true, status: "ok" }),
    ways: [(kit) => pipecatCloudWay(kit, loadGateway)],
  };
}

/** How long a drain waits, in ms, as the platform says it by `SHUTDOWN_TIMEOUT`. */
export function shutdownMs({ SHUTDOWN_TIMEOUT }: Environment): number {
  return (Number(SHUTDOWN_TIMEOUT || SHUTDOWN_S) || SHUTDOWN_S) * 1000;
}

const loadGateway = loadOnce(async () => {
  const [{ createGateway }, offers, websocket, daily] = await Promise.all([
    import("../ways/pipecat_cloud/gateway.ts"),
    import("../ways/webrtc/offers.ts"),
    import("../ways/websocket/transport.ts"),
    import("../ways/daily/session.ts"),
  ]);
  return (kit: Parameters<typeof createGateway>[0]) =>
    createGateway(kit, { ...offers, ...websocket, ...daily });
});

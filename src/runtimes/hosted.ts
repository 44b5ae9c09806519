/**
 * A runner with what its host adds besides a server: WebRTC and the page, on first use, and
 * metrics.
 *
 * @module
 */
import type { Bot } from "../core/bot.ts";
import { RunnerError } from "../core/error.ts";
import { loadOnce } from "../core/load_once.ts";
import { getLogger } from "../core/log.ts";
import type { PeerFactory } from "../core/peer.ts";
import { tracing } from "../features/tracing/tracing.ts";
import { hostRunner, type Runner } from "../runner.ts";
import type { Bots } from "../sessions/bots.ts";
import type { SharedPort } from "../ways/webrtc/shared_port/shared_port.ts";
import { DEFAULT_HOST, type ServeOptions } from "./serve_options.ts";

const logger = getLogger(["pipecat", "runner", "server"]);

/** How long after the start the rest is loaded, in ms: the first requests come before it. */
const PREPARE_AFTER_MS = 100;
/**
 * How late the event loop may be on average before new sessions are refused, in ms. Echo calls of
 * Twilio were still heard in time at 3; at 8 to 12 one in a hundred frames came 0.3 s late or more.
 */
const MAX_LOOP_LAG_MS = 10;

/** A runner on a host. */
export interface HostedRunner {
  readonly runner: Runner;
  /**
   * Soon loads what the first browser would wait for, unless it is closed first.
   *
   * @param httpPort The port of the runner's own server, whose number its UDP port may have.
   */
  prepare(httpPort?: number): void;
  /** Ends all sessions, and what was started in advance. */
  close(): Promise<void>;
}

/**
 * Makes a runner on a host, whose carriers' secrets are good.
 *
 * @param options As they were parsed.
 * @throws {RunnerError} `transport_disabled` if the only transport requested is not available,
 * `no_udp_port` or `port_in_use` if the `udpPort` or the `tcpPort` is not available, and what is
 * wrong with a secret.
 */
export async function hostedRunner(bot: Bot | Bots, options: ServeOptions): Promise<HostedRunner> {
  const { transport, metricsToken, use = [], ways, udpPort = false, tcpPort } = options;
  let httpPort: number | undefined;
  let shared: SharedPort | undefined;
  const sharedPort = loadOnce(async () => {
    const { sharedPortOf } = await import("../ways/webrtc/shared_port/options.ts");
    return shared = sharedPortOf(options, httpPort);
  });
  const peers = options.webrtc ?? weriftWhenNeeded(options, sharedPort);
  const webrtc = peers && rehearsing(peers);
  // The library of the metrics takes 20 MB and 50 ms, so only who asks for them loads it.
  const metrics = metricsToken
    ? [(await import("./process_metrics.ts")).processMetrics(metricsToken)]
    : [];
  const runner = hostRunner(bot, {
    client: async () => {
      if (webrtc && servesWebRTC()) void webrtc.rehearse(); // whoever loads the page is about to call
      return (await import("../client/assets.ts")).assets;
    },
    livekit: async () => await (await import("./livekit_rtc.ts")).loadLiveKitRtc(),
    ...options,
    use: [...metrics, tracing(), ...use],
    limits: { maxLoopLagMs: MAX_LOOP_LAG_MS, ...options.limits },
    ...(transport === undefined || transport === "webrtc" ? { webrtc } : {}),
  }, ways);
  const servesWebRTC = () => runner.transports.includes("webrtc");
  let preparing: ReturnType<typeof setTimeout> | undefined;
  let prepared: Promise<void> | undefined;
  async function close(): Promise<void> {
    clearTimeout(preparing);
    await runner.close();
    await Promise.all([prepared, webrtc && webrtc.rehearsed()]);
    await shared?.[Symbol.asyncDispose]();
  }
  try {
    if (transport && !runner.transports.includes(transport)) {
      const detail = transport === "webrtc"
        ? "WebRTC is the only transport requested, but the option webrtc turns it off."
        : `This runner cannot serve ${transport}, the only transport requested.`;
      throw new RunnerError("transport_disabled", detail);
    }
    await runner.ready();
    const isNamed = udpPort !== false || tcpPort !== undefined; // otherwise another will do
    if (isNamed && !options.webrtc && servesWebRTC()) await (await sharedPort())?.hold();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    runner,
    prepare(port) {
      httpPort = port;
      preparing = setTimeout(() => {
        if (webrtc && servesWebRTC()) prepared = prepare(webrtc);
      }, PREPARE_AFTER_MS);
    },
    close,
  };
}

/** The WebRTC stack, imported when it is prepared or first used. */
function weriftWhenNeeded(
  options: ServeOptions,
  shared: () => Promise<SharedPort | undefined>,
): PeerFactory {
  const { hostname = DEFAULT_HOST, iceServers = [], esp32 = false } = options;
  const { udpPorts, publicAddresses = [] } = options;
  const load = loadOnce(async () => {
    const [{ weriftPeers }, sharedPort] = await Promise.all([
      import("../ways/webrtc/werift.ts"),
      shared(),
    ]);
    return weriftPeers({
      iceServers,
      host: hostname,
      esp32,
      publicAddresses,
      ...(sharedPort ? { sharedPort } : {}),
      ...(udpPorts ? { udpPorts } : {}),
    });
  });
  return {
    async prepare() {
      await (await load()).prepare?.();
      await (await shared())?.hold();
    },
    rehearse: async () => await (await load()).rehearse?.(),
    answer: async (...call) => await (await load()).answer(...call),
  };
}

/**
 * A stack that rehearses once, including everything else a call needs, and whose rehearsal can be
 * awaited.
 */
function rehearsing(
  peers: PeerFactory,
): PeerFactory & { rehearse(): Promise<void>; rehearsed(): Promise<void> } {
  let rehearsal: Promise<void> | undefined;
  const rehearse = async () => {
    try {
      await import("../ways/webrtc/offers.ts");
      await peers.rehearse?.();
    } catch (error) {
      logger.warn("The rehearsal of a call failed: {error}", { error });
    }
  };
  return {
    prepare: async () => await peers.prepare?.(),
    rehearse: () => rehearsal ??= rehearse(),
    rehearsed: async () => await rehearsal,
    answer: (...call) => peers.answer(...call),
  };
}

/**
 * Loads what the first browser would wait for longest; loading the rest would cost memory, and save
 * 30 ms.
 */
async function prepare(peers: PeerFactory): Promise<void> {
  try {
    await peers.prepare?.();
  } catch (error) {
    const reason = error instanceof RunnerError ? error.message : error; // the advice needs no stack trace
    logger.error("WebRTC cannot be loaded: {reason}", { reason });
  }
}

/**
 * What the servers of all hosts share: the options, WebRTC and the page when they are first needed,
 * and the end.
 *
 * @module
 */
import { getLogger } from "../core/log.ts";
import type { Bot } from "../core/bot.ts";
import type { Bots } from "../sessions/bots.ts";
import { RunnerError } from "../core/error.ts";
import { loadOnce } from "../core/load_once.ts";
import { parseSpelledOptions } from "../core/spelled_options.ts";
import { hostNameOf } from "../core/origin.ts";
import type { PeerFactory } from "../core/peer.ts";
import { within } from "../core/wait.ts";
import { tracing } from "../features/tracing/tracing.ts";
import { type DrainOptions, hostRunner, type Runner } from "../runner.ts";
import type { SharedPort } from "../ways/webrtc/shared_port/shared_port.ts";
import { outliveBotErrors, type WatchUncaught } from "./uncaught.ts";
import { SERVE_OPTIONS, type ServeOptions } from "./serve_options.ts";

const logger = getLogger(["pipecat", "runner", "server"]);

/** How long after the start the rest is loaded, in ms: the first requests come before it. */
const PREPARE_AFTER_MS = 100;
/** How long closing waits for answers that are on their way, in ms. */
const GRACE_MS = 1000;
/**
 * How late the event loop may be on average before new sessions are refused, in ms. Echo calls of
 * Twilio were still heard in time at 3; at 8 to 12 one in a hundred frames came 0.3 s late or more.
 */
const MAX_LOOP_LAG_MS = 10;

/** A runner that listens. */
export interface RunnerServer extends AsyncDisposable {
  /** The runner behind the server. */
  readonly runner: Runner;
  /** Where it is served, such as `http://localhost:7860`, with its base path. */
  readonly url: string;
  /**
   * Refuses new sessions, and goes on answering, until the others have ended by themselves; at the
   * deadline it ends them. Then it closes.
   */
  drain(options?: DrainOptions): Promise<void>;
  /**
   * Ends all sessions and takes no more requests. Answers that take longer than a second from then
   * are left to end by themselves.
   */
  close(): Promise<void>;
}

/** A host that listens. */
export interface HostServer {
  readonly port: number;
  /** Takes no more connections; resolves when the answers that are on their way are sent. */
  shutdown(): Promise<void>;
  /** Closes the WebSockets that are left, where the host does not do so by itself. */
  drop?(): void;
}

/** Where to listen. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
  /** Lets other processes of this machine listen there, too. */
  readonly reusePort: boolean;
}

/** Listens, and lets the runner answer. */
export type Listen = (address: Address, runner: Runner) => HostServer | Promise<HostServer>;

/** A host that can listen. */
export interface Host {
  readonly listen: Listen;
  /** Has errors handled that nobody catches. */
  readonly watchUncaught: WatchUncaught;
  /** The name of this machine, where it is known. */
  readonly machine?: string | undefined;
}

/**
 * Serves a bot on any host that can listen. While it does, errors that nobody catches are logged and do
 * not end the process: they are most likely one bot's, and the others must not pay for them.
 *
 * @throws {RunnerError} `port_in_use`, `port_not_allowed` or `host_not_available` when it cannot
 * listen there or on the `tcpPort`, `no_udp_port` when the `udpPort` cannot be had,
 * `transport_disabled` when the one transport asked for is not to be had, and `bad_option` for an
 * option that is wrong.
 */
export async function startServer(
  { listen, watchUncaught, machine }: Host,
  bot: Bot | Bots,
  given: ServeOptions,
): Promise<RunnerServer> {
  const options = parseSpelledOptions<ServeOptions>(SERVE_OPTIONS, given);
  const {
    hostname = "localhost",
    port = 7860,
    transport,
    allowedHosts = [],
    basePath = "",
  } = options;
  const { udpPort = false, tcpPort } = options;
  let httpPort = port;
  let shared: SharedPort | undefined;
  const sharedPort = loadOnce(async () => {
    const { sharedPortOf } = await import("../ways/webrtc/shared_port/options.ts");
    return shared = sharedPortOf(options, httpPort);
  });
  const peers = options.webrtc ?? weriftWhenNeeded(options, hostname, sharedPort);
  const webrtc = peers && rehearsing(peers);
  const { metricsToken, use = [] } = options;
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
    allowedHosts: [...allowedHosts, ...ownNames(hostname, machine)],
    limits: { maxLoopLagMs: MAX_LOOP_LAG_MS, ...options.limits },
    ...(transport === undefined || transport === "webrtc" ? { webrtc } : {}),
  });
  const servesWebRTC = () => runner.transports.includes("webrtc");
  let host: HostServer;
  try {
    if (transport && !runner.transports.includes(transport)) {
      const detail = transport === "webrtc"
        ? "WebRTC is the only transport asked for, but the option webrtc turns it off."
        : `This runner cannot serve ${transport}, the only transport asked for.`;
      throw new RunnerError("transport_disabled", detail);
    }
    await runner.ready();
    const isNamed = udpPort !== false || tcpPort !== undefined; // else another would do
    if (isNamed && !options.webrtc && servesWebRTC()) await (await sharedPort())?.hold();
    host = await listenWhere(listen, { ...options, hostname, port }, runner);
    httpPort = host.port;
  } catch (error) {
    await runner.close();
    await shared?.[Symbol.asyncDispose]();
    throw error;
  }
  const letErrorsEnd = outliveBotErrors(watchUncaught);
  let prepared: Promise<void> | undefined;
  const preparing = setTimeout(() => {
    if (webrtc && servesWebRTC()) prepared = prepare(webrtc);
  }, PREPARE_AFTER_MS);

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    clearTimeout(preparing);
    const shutdown = host.shutdown();
    await runner.close();
    await within(GRACE_MS, shutdown);
    host.drop?.();
    letErrorsEnd();
    await Promise.all([prepared, webrtc && webrtc.rehearsed()]);
    await shared?.[Symbol.asyncDispose]();
  }
  const closeOnce = () => closing ??= close();
  return {
    runner,
    url: `${origin(hostname, host.port)}${basePath}`,
    async drain(options) {
      await runner.drain(options);
      await closeOnce();
    },
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

/** Listens on a port, or on one that is shared and on one that is not. */
async function listenWhere(
  listen: Listen,
  options: ServeOptions & Omit<Address, "reusePort">,
  runner: Runner,
): Promise<HostServer> {
  const { hostname, port, ownPort, advertise = "http://127.0.0.1" } = options;
  const reusePort = ownPort !== undefined;
  const shared = await listenOrExplain(listen, { hostname, port, reusePort }, runner);
  if (!reusePort) return shared;
  const machine = new URL(advertise).hostname;
  const address = { hostname: machine === "127.0.0.1" ? machine : hostname, port: ownPort };
  const own = await listenOrExplain(listen, { ...address, reusePort: false }, runner);
  return {
    port: shared.port,
    shutdown: async () => void await Promise.all([shared.shutdown(), own.shutdown()]),
    drop() {
      shared.drop?.();
      own.drop?.();
    },
  };
}

async function listenOrExplain(
  listen: Listen,
  address: Address,
  runner: Runner,
): Promise<HostServer> {
  try {
    return await listen(address, runner);
  } catch (cause) {
    const { listenError } = await import("./listen_error.ts");
    throw listenError(cause, address);
  }
}

/** The names of the network by which this machine is called. */
function ownNames(hostname: string, machine?: string): string[] {
  const names = machine ? [hostname, machine, `${machine}.local`] : [hostname];
  return names.flatMap((name) => hostNameOf(name) ?? []); // an address needs no leave
}

/** Names an address in a way that a browser on this machine can open. */
function origin(hostname: string, port: number): string {
  const anywhere = hostname === "0.0.0.0" || hostname === "::";
  const host = anywhere ? "localhost" : hostname.includes(":") ? `[${hostname}]` : hostname;
  return `http://${host}:${port}`;
}

/** The WebRTC stack, imported when it is prepared or first used. */
function weriftWhenNeeded(
  options: ServeOptions,
  host: string,
  shared: () => Promise<SharedPort | undefined>,
): PeerFactory {
  const { iceServers = [], esp32 = false, udpPorts, publicAddresses = [] } = options;
  const load = loadOnce(async () => {
    const [{ weriftPeers }, sharedPort] = await Promise.all([
      import("../ways/webrtc/werift.ts"),
      shared(),
    ]);
    return weriftPeers({
      iceServers,
      host,
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

/** A stack that rehearses once, with what else a call needs, and whose rehearsal can be waited for. */
function rehearsing(
  peers: PeerFactory,
): PeerFactory & { rehearse(): Promise<void>; rehearsed(): Promise<void> } {
  let rehearsal: Promise<void> | undefined;
  const rehearse = async () => {
    try {
      await import("../ways/webrtc/offers.ts");
      await peers.rehearse?.();
    } catch (error) {
      logger.warn("A call cannot be rehearsed: {error}", { error });
    }
  };
  return {
    prepare: async () => await peers.prepare?.(),
    rehearse: () => rehearsal ??= rehearse(),
    rehearsed: async () => await rehearsal,
    answer: (...call) => peers.answer(...call),
  };
}

/** Loads what makes the first browser wait for longest; the rest costs memory, and 30 ms of it. */
async function prepare(peers: PeerFactory): Promise<void> {
  try {
    await peers.prepare?.();
  } catch (error) {
    const reason = error instanceof RunnerError ? error.message : error; // what to do needs no stack
    logger.error("WebRTC cannot be loaded: {reason}", { reason });
  }
}

/**
 * What the servers of all hosts share: the options, the listening address, and the end.
 *
 * @module
 */
import type { Bot } from "../core/bot.ts";
import type { Bots } from "../sessions/bots.ts";
import { parseSpelledOptions } from "../core/spelled_options.ts";
import { hostNameOf } from "../core/origin.ts";
import { within } from "../core/wait.ts";
import type { DrainOptions, Runner } from "../runner.ts";
import { hostedRunner } from "./hosted.ts";
import { outliveBotErrors, type WatchUncaught } from "./uncaught.ts";
import { DEFAULT_HOST, SERVE_OPTIONS, type ServeOptions } from "./serve_options.ts";

/** How long closing waits for answers that are on their way, in ms. */
const GRACE_MS = 1000;
/** A runner that listens. */
export interface RunnerServer extends AsyncDisposable {
  /** The runner behind the server. */
  readonly runner: Runner;
  /** Where it is served, such as `http://localhost:7860`, with its base path. */
  readonly url: string;
  /**
   * Refuses new sessions, and keeps answering until the others have ended by themselves; at the
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
  /** Accepts no more connections; resolves when pending answers are sent. */
  shutdown(): Promise<void>;
  /** Closes the remaining WebSockets, if the host does not do so itself. */
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
  /** The name of this machine, if known. */
  readonly machine?: string | undefined;
}

/**
 * Serves a bot on any host that can listen. While it does, errors that nobody catches are logged and do
 * not end the process: they are most likely one bot's, and the others must not pay for them.
 *
 * @throws {RunnerError} `port_in_use`, `port_not_allowed` or `host_not_available` if it cannot
 * listen there or on the `tcpPort`, `no_udp_port` if the `udpPort` is not available,
 * `transport_disabled` if the only transport requested is not available, and `bad_option` for a
 * wrong option.
 */
export async function startServer(
  { listen, watchUncaught, machine }: Host,
  bot: Bot | Bots,
  given: ServeOptions,
): Promise<RunnerServer> {
  const options = parseSpelledOptions<ServeOptions>(SERVE_OPTIONS, given);
  const { hostname = DEFAULT_HOST, port = 7860, allowedHosts = [] } = options;
  const hosted = await hostedRunner(bot, {
    ...options,
    allowedHosts: [...allowedHosts, ...ownNames(hostname, machine)],
  });
  const { runner } = hosted;
  let host: HostServer;
  try {
    host = await listenWhere(listen, { ...options, hostname, port }, runner);
  } catch (error) {
    await hosted.close();
    throw error;
  }
  const letErrorsEnd = outliveBotErrors(watchUncaught);
  hosted.prepare(host.port);

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    const shutdown = host.shutdown();
    await hosted.close();
    await within(GRACE_MS, shutdown);
    host.drop?.();
    letErrorsEnd();
  }
  const closeOnce = () => closing ??= close();
  return {
    runner,
    url: `${origin(hostname, host.port)}${options.basePath ?? ""}`,
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

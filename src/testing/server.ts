/**
 * The called runner: in this process, or anywhere.
 *
 * @module
 */
import type { CallObserver } from "../core/call_observer.ts";
import type { Socket } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import { badOption } from "../core/options.ts";
import { socketFrom } from "../core/socket.ts";
import type { CallClock } from "./clock.ts";
import { type FetchTarget, type MemoryPlatform, memoryPlatform } from "./memory_platform.ts";
import type { Pace } from "./pace.ts";

/** Where the runner is, and how to reach it. */
export interface Server {
  readonly url: URL;
  fetch(request: Request): Promise<Response>;
  connect(url: URL, headers: Readonly<Record<string, string>>): Promise<Socket>;
  settled(): Promise<void>;
}

/** How to call a server. */
export interface ServerOptions {
  /** The origin for a runner in this process. Default: `https://bot.test`. */
  readonly origin?: string | undefined;
  readonly pace?: Pace | undefined;
  readonly clock: CallClock;
  /** Observes the phone calls of a runner in this process. */
  readonly observer?: CallObserver;
}

const DEFAULT_ORIGIN = "https://bot.test";

/**
 * Locates the runner.
 *
 * @throws {RunnerError} `bad_option` for a clock of its own if the runner is elsewhere.
 */
export function serverOf(target: FetchTarget | string | URL, options: ServerOptions): Server {
  const { origin = DEFAULT_ORIGIN, pace, clock, observer } = options;
  const virtual = pace === "virtual";
  if (typeof target !== "string" && !(target instanceof URL)) {
    const platform = memoryPlatform({ observer, clock: virtual ? clock : undefined });
    return localServer(target, origin, platform);
  }
  if (!virtual) return remoteServer(new URL(target));
  throw badOption("pace", '"real" or "fast" with a server at a URL, which has its own clock');
}

function localServer(target: FetchTarget, origin: string, platform: MemoryPlatform): Server {
  return {
    url: new URL(origin),
    fetch: async (request) => await target.fetch(request, platform),
    connect: (url, headers) => platform.connect(target, url, headers),
    settled: () => platform.settled(),
  };
}

function remoteServer(url: URL): Server {
  return {
    url,
    async fetch(request) {
      try {
        return await fetch(request);
      } catch (cause) {
        throw new RunnerError("unreachable", `Nobody answers at ${url.origin}.`, { cause });
      }
    },
    connect: openSocket,
    settled: () => Promise.resolve(),
  };
}

/**
 * A WebSocket client that accepts headers, as those of Deno, Node and Bun do beyond the standard.
 */
type WebSocketWithHeaders = new (
  url: URL,
  options: { readonly headers: Readonly<Record<string, string>> },
) => WebSocket;

function openSocket(url: URL, headers: Readonly<Record<string, string>>): Promise<Socket> {
  // The hosts that this runs on accept headers; the standard's type does not say so.
  const WebSocketClient = WebSocket as WebSocketWithHeaders;
  const address = new URL(url);
  address.username = address.password = "";
  const webSocket = new WebSocketClient(address, { headers });
  const socket = socketFrom(webSocket);
  return new Promise((resolve, reject) => {
    webSocket.addEventListener("open", () => resolve(socket));
    void socket.closed.then(() =>
      reject(new RunnerError("stream_refused", "The server refused the WebSocket."))
    );
  });
}

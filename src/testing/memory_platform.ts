/**
 * A host in memory: calls a runner, including WebSockets, without a port.
 *
 * @module
 */
import type { Socket } from "../core/duplex.ts";
import { RunnerError } from "../core/error.ts";
import type { Platform } from "../core/platform.ts";
import { asksForWebSocket, upgradeRequired } from "../core/upgrade.ts";
import { refusalIn } from "./refusal.ts";
import { socketPair } from "./socket_pair.ts";

/** What answers requests: a {@link Runner}, or its like. */
export interface FetchTarget {
  /** Answers a request. */
  fetch(request: Request, platform?: Platform): Response | Promise<Response>;
}

/** A {@link Platform} in memory, and the other end of its WebSockets. */
export interface MemoryPlatform extends Platform {
  /**
   * Opens a WebSocket to a runner of this process.
   *
   * @throws {RunnerError} `stream_refused`, with the status of the answer, if it is not accepted.
   */
  connect(
    target: FetchTarget,
    url: string | URL,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Socket>;
  /** Resolves when everything that the runner keeps the host alive for is done. */
  settled(): Promise<void>;
}

/**
 * Makes a host in memory.
 *
 * @param options The clock of its sessions, and who observes its phone calls.
 *
 * @example
 * ```ts
 * import { createRunner } from "@pipecat/runner";
 * import { memoryPlatform } from "@pipecat/runner/testing";
 *
 * const platform = memoryPlatform();
 * const runner = createRunner(() => {});
 * const response = await runner.fetch(new Request("https://bot.test/status"), platform);
 * console.log(response.status); // 200
 * await platform.settled();
 * ```
 */
export function memoryPlatform(
  { clock, observer }: Pick<Platform, "clock" | "observer"> = {},
): MemoryPlatform {
  /** The client's ends of accepted WebSockets, by the key of their handshake. */
  const accepted = new Map<string, Socket>();
  const pending = new Set<Promise<unknown>>();
  return {
    clock,
    observer,
    upgrade(request) {
      const key = request.headers.get("sec-websocket-key");
      if (!key || !asksForWebSocket(request)) throw upgradeRequired();
      const [socket, peer] = socketPair();
      accepted.set(key, peer);
      // Only Workers lets a program construct a response with status 101.
      return { socket, response: new Response(null) };
    },
    waitUntil(promise) {
      const settled = promise.then(() => {}, () => {}).finally(() => pending.delete(settled));
      pending.add(settled);
    },
    async connect(target, url, headers = {}) {
      const address = new URL(url);
      address.protocol = address.protocol.replace("ws", "http");
      const key = crypto.randomUUID();
      const request = new Request(address, {
        headers: {
          ...headers,
          "connection": "Upgrade",
          "upgrade": "websocket",
          "sec-websocket-version": "13",
          "sec-websocket-key": key,
        },
      });
      const response = await target.fetch(request, this);
      const socket = accepted.get(key);
      accepted.delete(key);
      if (socket) return socket;
      const words = refusalIn(await response.text());
      throw new RunnerError("stream_refused", `The WebSocket was refused: ${words}`, {
        answered: response.status,
      });
    },
    async settled() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}

/**
 * The way from an example to a stand-in: the example calls its vendor by the vendor's own name.
 *
 * @module
 */

import type { StandIn } from "./stand_in.ts";

const { WebSocket: RealWebSocket, fetch: realFetch } = globalThis;

/**
 * Leads `wss` and `https` of some hosts to stand-ins until it is disposed; what else there is goes
 * where it always goes.
 */
export function leadTo(standIns: Readonly<Record<string, StandIn>>): Disposable {
  const lead = (address: string | URL): URL => {
    const url = new URL(address);
    const standIn = standIns[url.host];
    if (!standIn) return url;
    if (url.protocol !== "wss:" && url.protocol !== "https:") {
      throw new Error(`${url.host} takes no ${url.protocol}`);
    }
    const { port } = new URL(standIn.origin);
    url.protocol = url.protocol === "wss:" ? "ws:" : "http:";
    url.hostname = "127.0.0.1";
    url.port = port;
    return url;
  };
  globalThis.WebSocket = class extends RealWebSocket {
    constructor(url: string | URL, options?: string | string[] | WebSocketOptions) {
      super(lead(url), options);
    }
  };
  globalThis.fetch = (input, init) =>
    input instanceof Request
      ? realFetch(new Request(lead(input.url), input), init)
      : realFetch(lead(input), init);
  return {
    [Symbol.dispose]() {
      globalThis.WebSocket = RealWebSocket;
      globalThis.fetch = realFetch;
    },
  };
}

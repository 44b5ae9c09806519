/**
 * The way from an example to a stand-in: the example calls its vendor by the vendor's own name.
 *
 * @module
 */
import http from "node:http";
import https from "node:https";
import type { StandIn } from "./stand_in.ts";

const { WebSocket: RealWebSocket, fetch: realFetch } = globalThis;
const realRequest = https.request;

/**
 * Leads origins such as `wss://api.vendor.com` to stand-ins until it is disposed, by whichever client of
 * this host they are called; what else there is goes where it always goes.
 */
export function leadTo(standIns: Readonly<Record<string, StandIn>>): Disposable {
  const lead = (address: string | URL): URL => {
    const url = new URL(address);
    const standIn = standIns[`${url.protocol}//${url.host}`];
    if (!standIn) return url;
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
  // The npm package ws, which SDKs for Node use.
  const leadRequest = (options: https.RequestOptions) => {
    const standIn = standIns[`wss://${options.host}`];
    if (!standIn) return realRequest(options);
    const { hostname, port } = new URL(standIn.origin);
    const { createConnection: _, ...rest } = options;
    return http.request({ ...rest, protocol: "http:", host: hostname, port });
  };
  https.request = leadRequest as typeof https.request; // that package calls it with options alone
  return {
    [Symbol.dispose]() {
      globalThis.WebSocket = RealWebSocket;
      globalThis.fetch = realFetch;
      https.request = realRequest;
    },
  };
}

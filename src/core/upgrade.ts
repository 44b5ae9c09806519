/**
 * Requests that ask for a WebSocket.
 *
 * @module
 */
import { RunnerError } from "./error.ts";

/**
 * Tells whether a request asks for a WebSocket (RFC 6455, section 4.1). Proxies add the header to other
 * requests, too.
 */
export function asksForWebSocket(
  { method, headers }: Pick<Request, "method" | "headers">,
): boolean {
  return method === "GET" && headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** The error of a request that asks for a WebSocket's address without asking for a WebSocket. */
export function upgradeRequired(cause?: unknown): RunnerError {
  return new RunnerError("upgrade_required", "This address takes WebSockets only.", { cause });
}

/**
 * The subprotocol with which a WebSocket is accepted: the first that the client offers, on every
 * host, since the runner's protocol does not depend on it. A browser gives up if it offered some
 * and got none.
 */
export function subprotocolOf(headers: Headers): string | undefined {
  const first = headers.get("sec-websocket-protocol")?.split(",")[0]?.trim() ?? "";
  return /^[\w!#$%&'*+.^`|~-]+$/.test(first) ? first : undefined;
}

/**
 * The status of an answer, as the client got it. Node and Bun answer an upgrade themselves, and no
 * `Response` there can have its status.
 */
export function answerStatus(request: Request, { status }: Response): number {
  return status === 200 && asksForWebSocket(request) ? 101 : status;
}

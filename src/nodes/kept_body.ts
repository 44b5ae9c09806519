/**
 * The body of a request that another process may have to answer, or has to.
 *
 * @module
 */
import { RunnerError } from "../core/error.ts";
import { readBytes } from "../http/body.ts";
import type { ForwardedBody } from "./forwarding.ts";

/** The largest body to keep, in bytes: that of a start or an offer. */
const MOST_KEPT_BYTES = 1_000_000;

/** A request, and its body if that is kept. */
export interface KeptRequest {
  readonly request: Request;
  /** Absent if it is too large to start a session. */
  readonly body?: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a body, and makes an unread request from it. A body that is larger than any start, even if
 * it does not say so, is left for whoever answers to read.
 *
 * @throws {RunnerError} as {@link readBytes} does.
 */
export async function keepBody(request: Request): Promise<KeptRequest> {
  const { method, headers } = request;
  if (method === "GET" || method === "HEAD") return { request, body: new Uint8Array() };
  const told = headers.get("content-length");
  if (Number(told) > MOST_KEPT_BYTES) return { request };
  if (told !== null && !headers.has("transfer-encoding")) {
    const body = await readBytes(request, MOST_KEPT_BYTES);
    return { request: withBody(request, body), body };
  }
  if (!request.body) return { request, body: new Uint8Array() };
  const [one, other] = request.body.tee();
  try {
    const body = await readBytes(withBody(request, one), MOST_KEPT_BYTES);
    await other.cancel();
    return { request: withBody(request, body), body };
  } catch (error) {
    if (error instanceof RunnerError && error.code === "too_large") {
      return { request: withBody(request, other) };
    }
    await other.cancel();
    throw error;
  }
}

/**
 * The body of a user's route as it is sent on. A small one is read; a large one, and one that does not
 * say how large it is, goes on as it comes.
 *
 * @throws {RunnerError} as {@link readBytes} does.
 */
export async function bodyToForward(request: Request): Promise<ForwardedBody> {
  const { headers } = request;
  const told = headers.get("content-length");
  const certain = told !== null && !headers.has("transfer-encoding");
  const whole = certain && Number(told) <= MOST_KEPT_BYTES;
  if (whole || !request.body) return await readBytes(request, MOST_KEPT_BYTES);
  return request.body;
}

function withBody({ url, method, headers }: Request, body: BodyInit): Request {
  const empty = body instanceof Uint8Array && body.length === 0;
  const init = { method, headers, body: empty ? null : body, duplex: "half" };
  return new Request(url, init);
}

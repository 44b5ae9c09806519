/**
 * A client's request, as it is forwarded.
 *
 * @module
 */
import { remoteAddress } from "../core/client_address.ts";
import type { Platform } from "../core/platform.ts";
import { publicUrl, type PublicUrlOptions } from "../http/public_url.ts";
import type { ForwardedBody, ForwardedRequest } from "./forwarding.ts";

/** A client's request, as it was read. */
export interface ClientRequest extends Omit<ForwardedRequest, "owner"> {
  readonly headers: Headers;
  /** Whether it is for a user's route, not for the runner. */
  readonly own?: boolean;
}

/** What else is known about a client's request. */
export interface KnownOfRequest {
  readonly platform?: Platform | undefined;
  /** Its span, as a `traceparent` header: the other process continues that trace. */
  readonly traceparent?: string | undefined;
}

/**
 * Makes it from a request and its body; the options say at which address the world reaches this
 * process.
 */
export function clientRequest(
  request: Request,
  body: ForwardedBody,
  options: PublicUrlOptions,
  { platform, traceparent }: KnownOfRequest = {},
): ClientRequest {
  const { method } = request;
  let { headers } = request;
  if (traceparent !== undefined) {
    headers = new Headers(headers);
    headers.set("traceparent", traceparent);
  }
  const { pathname, search } = new URL(request.url);
  const { origin } = publicUrl(request, options);
  const address = remoteAddress(request, platform, options);
  return { method, path: pathname + search, headers, body, origin, address };
}

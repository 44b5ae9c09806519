/**
 * Tells requests from this machine from all others.
 *
 * @module
 */
import { isLoopback } from "../core/client_address.ts";

/** A host name of this machine, under which nobody else can be reached. */
const OWN_HOST = /^(([\w-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])$/i;
/** Headers with which a proxy or tunnel on this machine shows that somebody else has asked. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

/**
 * Tells whether a program on this machine sent a request to this machine: possibly a simulated
 * carrier, but never a real one.
 *
 * @param address The client's address from `clientAddress`, if the host knows it.
 */
export function isLocalRequest(request: Request, address: string | undefined): boolean {
  const { hostname } = new URL(request.url);
  return OWN_HOST.test(hostname) && (address === undefined || isLoopback(address)) &&
    !FORWARDED.some((name) => request.headers.has(name));
}

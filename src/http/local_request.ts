/**
 * Tells requests of this machine from those of the world.
 *
 * @module
 */
import { isLoopback } from "../core/client_address.ts";

/** A host that is this machine: nobody else can be reached under it. */
const OWN_HOST = /^(([\w-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])$/i;
/** Headers by which a proxy or a tunnel on this machine shows that somebody else has asked. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"];

/**
 * Tells whether a program on this machine has sent a request, and to this machine: a simulated
 * carrier, and never a real one.
 *
 * @param address The client, as `clientAddress` tells it, where the host knows it.
 */
export function isLocalRequest(request: Request, address: string | undefined): boolean {
  const { hostname } = new URL(request.url);
  return OWN_HOST.test(hostname) && (address === undefined || isLoopback(address)) &&
    !FORWARDED.some((name) => request.headers.has(name));
}

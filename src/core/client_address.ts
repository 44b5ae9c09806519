/**
 * Where a request comes from, as far as that can be known.
 *
 * @module
 */
import type { Platform } from "./platform.ts";

/** What is known about proxies between the client and the runner. */
export interface ProxyTrust {
  /** Trusts the last entry of `X-Forwarded-For`, whoever sends it. */
  readonly trustProxy?: boolean | undefined;
  /**
   * Set if the world reaches the runner through something else: connections from this machine or a
   * private network are then a proxy or tunnel, whose `X-Forwarded-For` is trusted.
   */
  readonly publicUrl?: string | undefined;
}

/**
 * A client's network address, in a form in which one client has one address: an IPv4 address
 * unchanged; of an IPv6 address the half that names the network, since the client chooses the
 * other. Undefined if the host does not know it.
 */
export function clientAddress(
  request: Request,
  platform: Platform | undefined,
  trust: ProxyTrust,
): string | undefined {
  const address = remoteAddress(request, platform, trust);
  return address && networkOf(address);
}

/** The address of a client as the host, or the proxy that is trusted, writes it. */
export function remoteAddress(
  request: Request,
  platform: Platform | undefined,
  { trustProxy = false, publicUrl }: ProxyTrust,
): string | undefined {
  const address = platform?.remoteAddress?.();
  // The last entry is the proxy's own; those before it are anybody's.
  const forwarded = request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
  if (!forwarded) return address;
  const near = address !== undefined && publicUrl !== undefined && isPrivate(networkOf(address));
  return trustProxy || near ? forwarded : address;
}

/** Tells whether a network address, as {@link clientAddress} writes it, is this machine's own. */
export function isLoopback(address: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(address) || address === "0:0:0:0"; // the network of ::1
}

/** The networks of RFC 1918, RFC 4193 and those that reach no further than a link. */
function isPrivate(address: string): boolean {
  return isLoopback(address) || /^(f[cd][\da-f]{2}|fe[89ab][\da-f]):/.test(address) ||
    /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\./.test(address);
}

/** An IPv4 address with nothing around it, as hosts tell most of them: the rest is for the others. */
const PLAIN = /^[\d.]+$/;

/** The network of an address that is one client's: an IPv4 address, or half an IPv6 address. */
export function networkOf(address: string): string {
  if (PLAIN.test(address)) return address;
  const text = address.toLowerCase().replace(/^\[|\](:\d+)?$|%.*$/g, "");
  const version4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)(?::\d+)?$/.exec(text)?.[1];
  if (version4 !== undefined) return version4;
  const [before = "", after] = text.split("::");
  const head = before.split(":").filter(Boolean);
  const tail = after?.split(":").filter(Boolean) ?? [];
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array<string>(zeros).fill("0"), ...tail];
  return groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":");
}

/**
 * Who a request comes from, as far as one can tell.
 *
 * @module
 */
import type { Platform } from "./platform.ts";

/**
 * The network address of a client, in a form in which one client has one address: an IPv4 address as
 * it is, of an IPv6 address the half that names the network, since the other is the client's to
 * choose. Undefined where the host does not tell.
 *
 * @param trustForwarded Believes the last entry of `X-Forwarded-For`, which the proxy has added.
 */
export function clientAddress(
  request: Request,
  platform: Platform | undefined,
  trustForwarded: boolean,
): string | undefined {
  const address = remoteAddress(request, platform, trustForwarded);
  return address && network(address);
}

/** The address of a client as the host, or the proxy that is trusted, writes it. */
export function remoteAddress(
  request: Request,
  platform: Platform | undefined,
  trustForwarded: boolean,
): string | undefined {
  const forwarded = trustForwarded ? request.headers.get("x-forwarded-for") : null;
  return forwarded?.split(",").at(-1)?.trim() || platform?.remoteAddress?.();
}

function network(address: string): string {
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

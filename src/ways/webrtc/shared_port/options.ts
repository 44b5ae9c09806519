/**
 * The options about WebRTC's ports.
 *
 * @module
 */
import { createSharedPort, type SharedPort } from "./shared_port.ts";

/** The options about ports. */
export interface PortOptions {
  /** The UDP port of all calls, or a range whose first free one is taken; 0 is any free one. */
  readonly udpPort?: number | readonly [first: number, last: number] | false;
  /** The UDP ports of calls that have their own. */
  readonly udpPorts?: readonly [first: number, last: number];
  /** The TCP port of all calls; 0 is any free one. */
  readonly tcpPort?: number;
}

/**
 * The ports that calls share; undefined if each has its own.
 *
 * @param preferred The UDP port to use by default, if it is free. Default: each call has its own.
 */
export function sharedPortOf(
  { udpPort, udpPorts, tcpPort }: PortOptions,
  preferred?: number,
): SharedPort | undefined {
  const udp = udpPort ?? (udpPorts ? false : preferred ?? false);
  if (udp === false && tcpPort === undefined) return undefined;
  return createSharedPort({
    ...(udp === false ? {} : { udp: typeof udp === "number" ? [udp, udp] : udp }),
    optional: udpPort === undefined,
    ...(tcpPort === undefined ? {} : { tcp: tcpPort }),
  });
}

/**
 * What options say about the ports of WebRTC.
 *
 * @module
 */
import { createSharedPort, type SharedPort } from "./shared_port.ts";

/** The options about ports. */
export interface PortOptions {
  /** The UDP port of all calls, or the first of a range that is free; 0 is any. */
  readonly udpPort?: number | readonly [first: number, last: number] | false;
  /** The UDP ports of calls that have their own. */
  readonly udpPorts?: readonly [first: number, last: number];
  /** The TCP port of all calls; 0 is any that is free. */
  readonly tcpPort?: number;
}

/**
 * The ports that calls share; undefined where each has its own.
 *
 * @param preferred The UDP port where nobody has named any, if it is free. Default: each has its own.
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

/**
 * Ports, IP addresses, and the prefixes of phone numbers, as options name them.
 *
 * @module
 */

/** The highest port there is. */
export const LAST_PORT = 65_535;

/** An IP address, not a name. `node:net` is more exact, but takes 2 ms to load. */
export const IP_ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$|^[\da-f:.]*:[\da-f:.]*$/i;

/** A port to listen on, 0 being any free one; undefined for anything else. */
export function portOf(value: unknown): number | undefined {
  const port = Number(value);
  return Number.isInteger(value) && port >= 0 && port <= LAST_PORT ? port : undefined;
}

/** The first and the last port of a range; undefined for anything else, such as a reversed one. */
export function udpPortsOf(range: readonly unknown[]): readonly [number, number] | undefined {
  const [first, last] = range.map(portOf);
  return range.length === 2 && first && last && first <= last ? [first, last] : undefined;
}

/** The IP address that a text is; undefined for a name. */
export function addressOf(text: string): string | undefined {
  const address = text.trim();
  return IP_ADDRESS.test(address) ? address : undefined;
}

/** What phone numbers begin with, such as `+1555`; undefined for any other text. */
export function prefixOf(text: string): string | undefined {
  return /^\s*(\+[1-9]\d{0,14})\s*$/.exec(text)?.[1];
}

/**
 * The ICE candidates of a client (RFC 8839 section 5.1), as werift takes them.
 *
 * @module
 */

import { isLoopback } from "../guard/address.ts";

/** A candidate that can be checked. */
export interface Candidate {
  /** `candidate:` and what follows, without extensions. */
  readonly text: string;
  readonly address: string;
  readonly port: number;
  /** The user name of its generation, if given. */
  readonly fragment: string | undefined;
}

/** Every candidate is tried from every local address, so their number is bounded. */
export const MAX_CANDIDATES = 40;
/** More than any client writes, and less than would be work. */
const MAX_CHARACTERS = 1000;
const HIGHEST_PRIORITY = 2 ** 32 - 1;

/**
 * Reads a candidate, `candidate:…` with or without `a=` before it; returns
 * nothing for one that cannot be used.
 *
 * Left out are TCP; components other than the first, since RTCP shares it; the names that browsers
 * send instead of their addresses (`….local`: werift would open a multicast socket that outlives
 * the call; such a client is found when its first check arrives); and any other name.
 */
export function readCandidate(line: string): Candidate | undefined {
  if (line.length > MAX_CHARACTERS) return;
  const value = /^(?:a=)?candidate:(.*)$/i.exec(line.trim())?.[1];
  if (value === undefined) return;
  const fields = value.split(/\s+/); // an empty foundation leaves an empty field
  const [foundation, component, protocol, priority, address = "", portField, , typeField = ""] =
    fields;
  const type = typeField.toLowerCase();
  const port = Number(portField);
  if (component !== "1" || protocol?.toLowerCase() !== "udp") return;
  if (!isAddress(address) || !(Number.isInteger(port) && port > 0 && port < 65_536)) return;
  if (!["host", "srflx", "relay"].includes(type)) return;
  const rank = Number(priority);
  const checked = rank > 0 && rank <= HIGHEST_PRIORITY ? Math.floor(rank) : 1;
  const name = /^[\w+/]{1,32}$/.test(foundation ?? "") ? foundation : "0";
  const extension = fields.indexOf("ufrag");
  return {
    text: `candidate:${name} 1 udp ${checked} ${address} ${port} typ ${type}`,
    address,
    port,
    fragment: extension < 8 ? undefined : fields[extension + 1],
  };
}

/** Whether a candidate is on this very machine. */
export function isLoopbackCandidate({ address }: Candidate): boolean {
  return isLoopback(address);
}

/** Whether a text is an IP address, and no name. */
function isAddress(text: string): boolean {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    return text.split(".").every((octet) => Number(octet) < 256);
  }
  return text.includes(":") && /^[\da-f:.]{2,45}$/i.test(text) && URL.canParse(`http://[${text}]`);
}

/**
 * How much may be sent to local addresses from which nothing has arrived yet.
 *
 * While the kernel asks who has a neighbouring address that does not answer, it keeps what is sent
 * there and counts it against the socket's buffer: 256 packets to a host that is off leave no room
 * for anybody else for 3 s. A client may name any such addresses in its candidates; on a socket
 * that all calls share, that would silence the others.
 *
 * @module
 */
import { BlockList } from "node:net";
import { networkInterfaces } from "node:os";

/** Decides what may be sent to an address that has not been heard. */
export interface Unheard {
  /** Whether a packet may be sent now; if so, it is counted. */
  admits(host: string): boolean;
}

/** How long the kernel asks for a neighbour (RFC 1122 §2.3.2.1; Linux: three times, each second). */
const ASKING_MS = 3000;
/** A quarter of what fills a socket's buffer on Linux. */
const MAX_PACKETS = 64;

/** Finds out which networks this machine is on. */
export function createUnheard(now: () => number = () => performance.now()): Unheard {
  const neighbours = new BlockList();
  for (
    const { address, family, cidr, internal } of Object.values(networkInterfaces()).flat().filter((
      each,
    ) => each !== undefined)
  ) {
    const bits = Number(cidr?.split("/")[1]);
    if (!internal && bits > 0) {
      neighbours.addSubnet(address, bits, family === "IPv6" ? "ipv6" : "ipv4");
    }
  }
  let since = -Infinity;
  let sent = 0;
  return {
    admits(host) {
      if (!neighbours.check(host, host.includes(":") ? "ipv6" : "ipv4")) return true;
      if (now() - since > ASKING_MS) [since, sent] = [now(), 0];
      return sent++ < MAX_PACKETS;
    },
  };
}

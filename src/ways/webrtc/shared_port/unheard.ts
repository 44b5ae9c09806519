/**
 * How much may be sent to addresses on the networks of this machine from which nothing has come yet.
 *
 * The kernel keeps what is sent to an address next door that does not answer, for as long as it asks
 * who has that address, and counts it for the buffer of the socket: 256 packets to a host that is off
 * leave no room for anybody else's for 3 s. A client names such addresses as it likes, in its
 * candidates; where all calls share a socket, that would silence the others.
 *
 * @module
 */
import { BlockList } from "node:net";
import { networkInterfaces } from "node:os";

/** Decides what may be sent to whom nothing was heard of. */
export interface Unheard {
  /** Whether a packet may be sent now; it is counted then. */
  admits(host: string): boolean;
}

/** How long the kernel asks for a neighbour (RFC 1122 §2.3.2.1; Linux: three times, each second). */
const ASKING_MS = 3000;
/** A quarter of what fills the buffer that sockets have on Linux. */
const MAX_PACKETS = 64;

/** Looks which networks this machine is on. */
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

/**
 * Lets werift's ICE use the ports that all calls share, instead of its own sockets.
 *
 * @module
 */
import { isIPv6 } from "node:net";
import type * as Werift from "werift";
import { isLoopback } from "../guard/address.ts";
import type { SessionPort, SessionSocket } from "./shared_port.ts";
import type { Family } from "./sockets.ts";

/** A protocol of a candidate. */
type Kind = "udp" | "tcp";

/**
 * Gives a connection its part of the ports, before it has looked for its addresses or announced its
 * name.
 *
 * werift opens a socket for each address of this machine. Here all addresses of a family share one
 * socket, and a datagram does not say at which of them it arrived: so werift's checks start from
 * one of them, and the others are candidates that only the client tries.
 */
export function sharePorts(
  werift: typeof Werift,
  connection: Werift.Connection,
  { udp, tcp, name }: SessionPort,
): void {
  const bases = new Map<string, Werift.StunProtocol>();

  const rename = () => {
    connection.localUsername = name();
    connection.userHistory = { [connection.localUsername]: connection.localPassword };
    for (const { localCandidate } of bases.values()) {
      if (localCandidate) localCandidate.ufrag = connection.localUsername;
    }
  };
  rename();
  const restart = connection.restart.bind(connection);
  connection.restart = () => {
    const restarted = restart(); // which it has done when it returns
    rename();
    return restarted;
  };

  const candidateOf = (kind: Kind, address: string, port: number): Werift.Candidate => {
    const passive = kind === "tcp" ? "passive" : undefined;
    return new werift.Candidate(
      werift.candidateFoundation("host", kind, address),
      1,
      kind,
      werift.candidatePriority("host", { transport: kind, ...(passive && { tcptype: passive }) }),
      address,
      port,
      "host",
      undefined,
      undefined,
      passive,
      connection.generation,
      connection.localUsername,
    );
  };
  /** Starts from one address of a family, once. */
  const begin = (kind: Kind, socket: SessionSocket, family: Family, address: string) => {
    const protocol = new werift.StunProtocol();
    connection["ensureProtocol"](protocol);
    const transport = socket.transport(family);
    transport.onData = (bytes, from) => protocol["datagramReceived"](bytes, from);
    Object.assign(protocol, { transport }); // only the types require a werift socket
    protocol.localIp = address;
    protocol.localCandidate = candidateOf(kind, address, socket.port);
    bases.set(`${kind}${family}`, protocol);
    connection["protocols"].push(protocol);
    connection["pairLocalProtocol"](protocol);
    connection["appendLocalCandidate"](protocol.localCandidate);
  };
  const gatherOn = (kind: Kind, socket: SessionSocket, addresses: readonly string[]) => {
    for (const family of socket.families) {
      const own = addresses.filter((address) => familyOf(address) === family);
      const [any] = own;
      if (any === undefined) continue;
      const before = bases.get(`${kind}${family}`)?.localIp; // which is repeated by itself
      const base = own.find((address) => !isLoopback(address)) ?? any;
      if (before === undefined) begin(kind, socket, family, base);
      for (const address of own) {
        if (address === (before ?? base)) continue;
        connection["appendLocalCandidate"](candidateOf(kind, address, socket.port));
      }
    }
  };
  const gather = connection["getCandidatePromises"].bind(connection);
  connection["getCandidatePromises"] = (addresses: string[], timeout?: number) => {
    const ofSockets = udp ? [] : gather(addresses, timeout); // first: it asks what has begun already
    if (udp) gatherOn("udp", udp, addresses);
    if (tcp) gatherOn("tcp", tcp, addresses);
    return ofSockets;
  };
}

function familyOf(address: string): Family {
  return isIPv6(address) ? 6 : 4;
}

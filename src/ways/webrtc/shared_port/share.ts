/**
 * Lets werift's ICE use the port that all calls share, in place of sockets of its own.
 *
 * @module
 */
import { isIPv6 } from "node:net";
import type * as Werift from "werift";
import { isLoopback } from "../guard/address.ts";
import type { SessionPort } from "./shared_port.ts";
import type { Family } from "./sockets.ts";

/**
 * Gives a connection its part of a port. It has not yet looked for its addresses, nor told its name.
 *
 * werift opens a socket for each address of this machine. Here all addresses of a family are behind
 * one socket, and nobody can tell by which of them a datagram came: so one of them is where werift's
 * checks begin, and the others are candidates that only the client tries.
 */
export function shareUdp(
  werift: typeof Werift,
  connection: Werift.Connection,
  shared: SessionPort,
): void {
  const used = new Map<Family, Werift.Protocol>();

  const rename = () => {
    const name = shared.name();
    connection.userHistory = { [name]: connection.localPassword };
    connection.localUsername = name;
    for (const { localCandidate } of used.values()) if (localCandidate) localCandidate.ufrag = name;
  };
  rename();
  const restart = connection.restart.bind(connection);
  connection.restart = () => {
    const restarted = restart(); // which it has done when it returns
    rename();
    return restarted;
  };

  const ensureProtocol = connection["ensureProtocol"].bind(connection);
  connection["ensureProtocol"] = (protocol: Werift.Protocol) => {
    ensureProtocol(protocol);
    if (!(protocol instanceof werift.StunProtocol)) return;
    protocol.connectionMade = (useIpv4) => {
      const transport = shared.transport(useIpv4 ? 4 : 6);
      transport.onData = (bytes, from) => protocol["datagramReceived"](bytes, from);
      Object.assign(protocol, { transport }); // to the types alone it has to be a socket of werift's
      used.set(useIpv4 ? 4 : 6, protocol);
      return Promise.resolve();
    };
  };

  const gather = connection["getCandidatePromises"].bind(connection);
  connection["getCandidatePromises"] = (addresses: string[], timeout?: number) => {
    const usable = addresses.filter((address) => shared.families.includes(familyOf(address)));
    const based = shared.families.flatMap((family) =>
      used.has(family) ? [] : baseOf(usable.filter((each) => familyOf(each) === family)) ?? []
    );
    const ofSockets = gather(based, timeout);
    const others = Promise.allSettled(ofSockets).then(() => {
      const known = new Set([...used.values()].map(({ localIp }) => localIp));
      for (const address of usable) {
        if (!known.has(address)) connection["appendLocalCandidate"](candidate(address));
      }
    });
    return [...ofSockets, others];
  };

  const candidate = (address: string) =>
    new werift.Candidate(
      werift.candidateFoundation("host", "udp", address),
      1,
      "udp",
      werift.candidatePriority("host", { transport: "udp" }),
      address,
      shared.port,
      "host",
      undefined,
      undefined,
      undefined,
      connection.generation,
      connection.localUsername,
    );
}

function familyOf(address: string): Family {
  return isIPv6(address) ? 6 : 4;
}

/** The address that stands for a socket: one that others know this machine by, if there is any. */
function baseOf(addresses: readonly string[]): string | undefined {
  return addresses.find((address) => !isLoopback(address)) ?? addresses[0];
}

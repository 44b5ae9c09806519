/**
 * How one runner's ports are divided among its processes.
 *
 * @module
 */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { RunnerError } from "../../core/error.ts";
import { LAST_PORT } from "../../core/network.ts";
import type { ServeOptions } from "../serve_options.ts";

/** The ports of WebRTC. */
export type MediaPorts = Pick<ServeOptions, "tcpPort" | "udpPort" | "udpPorts">;

/** What is divided. */
export type Shared = MediaPorts & {
  readonly count: number;
  /** The port that all share. */
  readonly port: number;
  /**
   * Whether other machines reach each process, at the ports after the shared one. Default: only the
   * processes reach each other, at any ports.
   */
  readonly reachable?: boolean;
};

/** One process's share. */
export type Share = MediaPorts & {
  /** The port at which only this process is reached. */
  readonly ownPort: number;
};

/**
 * Checks that nobody listens on a port, and finds one for 0. Processes that share a port could not
 * tell: the kernel lets any process of the user join.
 *
 * @throws What the host throws if it cannot listen there.
 */
export function freePort(hostname: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: hostname, port }, () => {
      const address = server.address();
      const found = typeof address === "object" && address ? address.port : port;
      server.close(() => resolve(found));
    });
  });
}

/**
 * The share of a process. One port for all calls becomes that many in a row; of a range each
 * process takes one. A range for calls with their own ports is cut into equal parts.
 *
 * @param index Numbers the processes from 0.
 */
export async function shareOf(shared: Shared, index: number): Promise<Share> {
  const { port, reachable = false } = shared;
  const ownPort = reachable ? port + 1 + index : await freePort("127.0.0.1", 0);
  return { ...await mediaOf(shared, index), ownPort };
}

/**
 * Checks that there is something for each.
 *
 * @throws {RunnerError} `bad_option` if there is not.
 */
export function checkShares(shared: Shared): void {
  const { count, port, reachable, tcpPort = 0, udpPort = 0, udpPorts } = shared;
  const ranges = [udpPorts, typeof udpPort === "object" ? udpPort : undefined];
  for (const range of ranges) {
    if (range && range[1] - range[0] + 1 < count) {
      throw new RunnerError("bad_option", `${count} processes need at least ${count} UDP ports.`);
    }
  }
  const lasts = [reachable ? port + 1 : 0, tcpPort, Number(udpPort) || 0];
  if (Math.max(...lasts) + count - 1 > LAST_PORT) {
    throw new RunnerError("bad_option", `${count} processes need that many ports in a row.`);
  }
}

async function mediaOf(shared: Shared, index: number): Promise<MediaPorts> {
  const { tcpPort } = shared;
  const tcp = tcpPort === undefined ? {} : { tcpPort: tcpPort === 0 ? 0 : tcpPort + index };
  return { ...tcp, ...await udpOf(shared, index) };
}

async function udpOf(
  { count, port, udpPort, udpPorts }: Shared,
  index: number,
): Promise<MediaPorts> {
  if (typeof udpPort === "number") return { udpPort: udpPort === 0 ? 0 : udpPort + index };
  if (udpPort !== undefined) return { udpPort };
  if (udpPorts) {
    const [first, last] = udpPorts;
    const size = Math.floor((last - first + 1) / count);
    return { udpPorts: [first + index * size, first + (index + 1) * size - 1] };
  }
  // By default the first has the number of the HTTP port, if that is free.
  const next = port + index;
  return index > 0 && next <= LAST_PORT && await isFreeForUdp(next) ? { udpPort: next } : {};
}

function isFreeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => socket.close(() => resolve(false)));
    socket.bind(port, () => socket.close(() => resolve(true)));
  });
}

/**
 * The UDP sockets of werift.
 *
 * @module
 */
import type { BindOptions, Socket } from "node:dgram";
import { getLogger } from "../../core/log.ts";
import type * as Werift from "werift";

/** More than any packet of a call: those of DTLS and SCTP are the largest, below 1300 bytes. */
export const PACKET_BYTES = 2048;

const logger = getLogger(["pipecat", "runner", "webrtc"]);

/**
 * Replaces how werift opens a UDP socket, for all of its connections.
 *
 * werift tries each port of a range on a first socket and opens a second one later; two sessions
 * that start together are given the same port, and the error of the second has no listener and ends
 * the process. Here a port is taken by the socket that uses it, starting at a random one, and no
 * error of a socket goes unheard.
 */
export function repairUdp({ UdpTransport }: typeof Werift): void {
  UdpTransport.init = async (type, { port, portRange, interfaceAddresses } = {}) => {
    const address = interfaceAddresses?.[type];
    let failure: unknown;
    for (const candidate of port ? [port] : portRange ? portsFrom(portRange) : [0]) {
      // Private only to the types.
      const transport = Reflect.construct(UdpTransport, [type]) as Werift.UdpTransport;
      const { socket } = transport;
      try {
        await bound(socket, { port: candidate, ...(address ? { address } : {}) });
        // Deno allocates a buffer for each packet: 64 KB unless told so, which the garbage
        // collector does not keep up with. Elsewhere this would be the queue of the whole socket.
        if ("Deno" in globalThis) socket.setRecvBufferSize(PACKET_BYTES);
        socket.on("error", (error) => logger.debug("A UDP socket failed: {error}", { error }));
        return transport;
      } catch (error) {
        failure = error;
        await transport.close().catch(() => {}); // it was never bound
      }
    }
    logger.error("No UDP port is free for a call: {error}", { error: failure });
    throw failure;
  };
}

/** Binds a socket; rejects if that fails. */
export function bound(socket: Socket, options: BindOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("listening", () => {
      socket.off("error", reject);
      resolve();
    });
    socket.bind(options);
  });
}

/** Every port of a range once, from a random one on. */
function* portsFrom([first, last]: readonly [number, number]): Generator<number> {
  const count = last - first + 1;
  const start = Math.floor(Math.random() * count);
  for (let i = 0; i < count; i++) yield first + (start + i) % count;
}

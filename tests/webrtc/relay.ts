/**
 * A relay between a client and a peer that does what it likes with their datagrams.
 */
import { createSocket, type Socket } from "node:dgram";

/** What becomes of a datagram: when it arrives, in ms from now, and as what. */
export type Treatment = (
  datagram: Uint8Array,
  fromClient: boolean,
) => readonly { readonly delayMs: number; readonly datagram: Uint8Array }[];

/** A relay that listens. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** An offer whose client is found by way of the relay alone. */
  hide(offer: string): string;
  /** An answer that leads to the relay, which from now on leads to the answerer. */
  lead(answer: string): string;
}

/** Opens a relay on this machine. */
export async function openRelay(treat: Treatment): Promise<Relay> {
  const [front, back] = await Promise.all([openSocket(), openSocket()]);
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let client: { port: number; address: string } | undefined;
  let target: { port: number; address: string } | undefined;
  let closed = false;
  const pass = (bytes: Uint8Array, fromClient: boolean) => {
    if (closed) return;
    for (const { delayMs, datagram } of treat(bytes, fromClient)) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        const [socket, to] = fromClient ? [back, target] : [front, client];
        if (to) socket.send(datagram, to.port, to.address);
      }, delayMs);
      timers.add(timer);
    }
  };
  front.on("message", (bytes, from) => {
    client = from;
    pass(bytes, true);
  });
  back.on("message", (bytes) => pass(bytes, false));
  const { port } = front.address();
  return {
    port,
    hide: (offer) => offer.replace(/^a=candidate:.*\r\n/gm, ""),
    lead(answer) {
      const [, host, hostPort] = /^a=candidate:\S+ 1 udp \d+ ([\d.]+) (\d+) /im.exec(answer) ?? [];
      if (!host) throw new Error("The answer has no candidate of IPv4");
      target = { address: host, port: Number(hostPort) };
      const candidate = `a=candidate:1 1 udp 2130706431 ${host} ${port} typ host\r\n`;
      let led = false;
      return answer.replace(/^a=candidate:.*\r\n/gm, () => {
        if (led) return "";
        led = true;
        return candidate;
      });
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(
        [front, back].map((socket) =>
          new Promise<void>((resolve) => socket.close(() => resolve()))
        ),
      );
    },
  };
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "0.0.0.0", resolve));
  return socket;
}

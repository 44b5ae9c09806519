/**
 * A NAT between a client and the runner, whose outside address a test changes and sends from.
 */
import { createSocket, type Socket } from "node:dgram";

/** A NAT that works. */
export interface Nat extends AsyncDisposable {
  /** Whether anything passes. */
  open: boolean;
  /** An offer whose client is found by its own checks alone. */
  hide(offer: string): string;
  /** An answer that leads the client through here. */
  lead(answer: string): string;
  /** Takes another outside address, as NATs do that have forgotten a client. */
  rebind(): Promise<void>;
  /** Sends to the runner from the client's outside address. */
  forge(bytes: Uint8Array): void;
}

/** Puts up a NAT. */
export async function openNat(): Promise<Nat> {
  const inside = await bound();
  let outside = await bound();
  let client: number | undefined;
  let runner: { host: string; port: number } | undefined;
  const inwards = (bytes: Uint8Array) => {
    if (nat.open && client !== undefined) inside.send(bytes, client, "127.0.0.1");
  };
  inside.on("message", (bytes, from) => {
    client = from.port;
    if (nat.open && runner) outside.send(bytes, runner.port, runner.host);
  });
  outside.on("message", inwards);
  const nat: Nat = {
    open: true,
    hide: (offer) => offer.replace(/^a=candidate:.*\r\n/gm, ""),
    lead(answer) {
      const [, host = "", port] = / (\d+\.\d+\.\d+\.\d+) (\d+) typ host/.exec(answer) ?? [];
      runner = { host, port: Number(port) };
      const here = inside.address().port;
      const through = `a=candidate:1 1 udp 2130706431 127.0.0.1 ${here} typ host\r\n`;
      return answer.replace(/(^a=candidate:.*\r\n)+/gm, through);
    },
    async rebind() {
      const before = outside;
      outside = await bound();
      outside.on("message", inwards);
      await closed(before);
    },
    forge(bytes) {
      if (runner) outside.send(bytes, runner.port, runner.host);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([inside, outside].map(closed));
    },
  };
  return nat;
}

async function bound(): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "0.0.0.0", resolve));
  return socket;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

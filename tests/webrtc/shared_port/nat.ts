/**
 * A NAT between a client and the runner, whose outside address a test changes and sends from.
 */
import { createSocket, type Socket } from "node:dgram";
import { connect, type Socket as TcpSocket } from "node:net";
import { createFrameReader, frameOf } from "../../../src/ways/webrtc/shared_port/frames.ts";

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

/** A NAT that lets no UDP out: what the client sends goes to the runner's TCP port. */
export async function openTcpNat(): Promise<Omit<Nat, "forge" | "open">> {
  const inside = await bound();
  let client: number | undefined;
  let runner: { host: string; port: number } | undefined;
  let outside: TcpSocket | undefined;
  const dial = () => {
    if (!runner) return;
    const socket = connect(runner);
    const reader = createFrameReader((bytes) => {
      if (client !== undefined) inside.send(bytes, client, "127.0.0.1");
    });
    socket.on("data", (bytes) => void reader.take(bytes));
    socket.on("error", () => {}); // the runner has closed it
    return socket;
  };
  inside.on("message", (bytes, from) => {
    client = from.port;
    const isCheck = bytes[0] === 0 && bytes[1] === 1; // with which a connection begins
    if (isCheck) outside ??= dial();
    outside?.write(frameOf(bytes));
  });
  return {
    hide: (offer) => offer.replace(/^a=candidate:.*\r\n/gm, ""),
    lead(answer) {
      const [, host = "", port] =
        / 1 tcp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host tcptype passive/.exec(answer) ?? [];
      runner = { host, port: Number(port) };
      const here = inside.address().port;
      const through = `a=candidate:1 1 udp 2130706431 127.0.0.1 ${here} typ host\r\n`;
      return answer.replace(/(^a=candidate:.*\r\n)+/gm, through);
    },
    rebind() {
      outside?.destroy();
      outside = undefined;
      return Promise.resolve();
    },
    async [Symbol.asyncDispose]() {
      outside?.destroy();
      await closed(inside);
    },
  };
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

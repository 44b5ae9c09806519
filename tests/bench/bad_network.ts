/**
 * A network that loses and delays what passes through it.
 */
import { createSocket } from "node:dgram";

/** What happens to datagrams, each way. */
export interface Impairment {
  /** The share that is lost, 0 to 1. */
  readonly loss: number;
  /** Each is held up for 0 to so many ms, so that they overtake each other. */
  readonly jitterMs: number;
}

/** A relay in front of a UDP port. */
export interface BadNetwork extends AsyncDisposable {
  /** Where to send to. */
  readonly port: number;
  /** Sets where to relay to. */
  connect(address: string, port: number): void;
  /** From now on media is treated so; checks and handshakes always pass. */
  impair(impairment: Impairment): void;
}

/**
 * Makes a relay for one client.
 *
 * @param seed The same seed loses the same packets.
 */
export async function badNetwork(seed: number): Promise<BadNetwork> {
  const [near, far] = [createSocket("udp4"), createSocket("udp4")];
  let target: { readonly port: number; readonly address: string } | undefined;
  let client: { readonly port: number; readonly address: string } | undefined;
  let impairment: Impairment = { loss: 0, jitterMs: 0 };
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const random = seeded(seed);
  const pass = (bytes: Uint8Array, send: () => void) => {
    const first = bytes[0] ?? 0;
    const isMedia = first > 127 && first < 192;
    if (!isMedia) return send();
    const [luck, share] = [random(), random()];
    if (luck < impairment.loss) return;
    if (impairment.jitterMs === 0) return send();
    const timer = setTimeout(() => {
      timers.delete(timer);
      send();
    }, share * impairment.jitterMs);
    timers.add(timer);
  };
  near.on("message", (bytes, { port, address }) => {
    client = { port, address };
    const to = target;
    if (to) pass(bytes, () => far.send(bytes, to.port, to.address));
  });
  far.on("message", (bytes) => {
    const to = client;
    if (to) pass(bytes, () => near.send(bytes, to.port, to.address));
  });
  for (const socket of [near, far]) {
    await new Promise<void>((resolve) => socket.bind(0, resolve));
  }
  return {
    port: near.address().port,
    connect(address, port) {
      target = { address, port };
    },
    impair(next) {
      impairment = next;
    },
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearTimeout(timer);
      for (const socket of [near, far]) {
        await new Promise<void>((resolve) => socket.close(() => resolve()));
      }
    },
  };
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Calls between a peer and a second werift peer as its client, over UDP.
 */
import assert from "node:assert/strict";
import { loadOpus } from "../../src/audio/opus.ts";
import type { AudioFrame, Frame } from "../../src/core/frame.ts";
import type { Peer } from "../../src/core/peer.ts";
import { type WeriftOptions, weriftPeers } from "../../src/ways/webrtc/werift.ts";
import { concatenated } from "../audio/signals.ts";
import { type Client, type ClientOptions, connect, delay } from "./client.ts";

const opus = await loadOpus();

/** Both ends of a call. */
export interface Call extends AsyncDisposable {
  readonly peer: Peer;
  readonly client: Client;
}

/** A call that is up. */
export async function call(options: ClientOptions & WeriftOptions = {}): Promise<Call> {
  let peer: Peer | undefined;
  const client = await connect(async (offer) => {
    const answered = await weriftPeers(options).answer("pc_1", offer);
    peer = answered.peer;
    return answered.sdp;
  }, options);
  assert.ok(peer);
  peer.intercept(() => false);
  await peer.ready;
  return { peer, client, [Symbol.asyncDispose]: () => hangUp(peer!, client) };
}

/** How often werift looks whether there is something to check, or nothing any more, in ms. */
const WERIFT_TICK_MS = 20;

/** Ends a call on both sides; resolves when the last timer of werift's has gone. */
export async function hangUp(peer: Peer, client: Client): Promise<void> {
  await client.close();
  peer.close();
  await peer[Symbol.asyncDispose]();
  await delay(2 * WERIFT_TICK_MS);
}

/** Speech as packets of 20 ms. */
export function encoded(samples: Int16Array, options: { fec?: boolean } = {}): Uint8Array[] {
  const encoder = opus.encoder({ sampleRate: 48_000, channels: 1, ...options });
  const packets: Uint8Array[] = [];
  for (let at = 0; at + 960 <= samples.length; at += 960) {
    packets.push(encoder.encode(samples.subarray(at, at + 960)));
  }
  encoder.free();
  return packets;
}

/** Sends packets in real time. */
export async function speak(client: Client, packets: readonly Uint8Array[]): Promise<void> {
  const start = performance.now();
  for (const [i, packet] of packets.entries()) {
    await delay(Math.max(0, start + i * 20 - performance.now()));
    client.send(packet);
  }
}

/** Frames of a readable until it ends or the time is up. */
export async function read(peer: Peer, ms: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  const reader = peer.readable.getReader();
  const timer = setTimeout(() => void reader.cancel(), ms);
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    frames.push(next.value);
  }
  clearTimeout(timer);
  reader.releaseLock();
  return frames;
}

/** Lets a bot repeat what it hears; as its own, so that nothing is dropped on a busy machine. */
export function echo(peer: Peer): void {
  const asOwn = new TransformStream<Frame, Frame>({
    transform(frame, controller) {
      if (frame.type !== "audio") return;
      const { type, samples, sampleRate, channels } = frame;
      controller.enqueue({ type, samples, sampleRate, channels });
    },
  });
  void peer.readable.pipeThrough(asOwn).pipeTo(peer.writable);
}

/** The audio among frames. */
export const audioOf = (frames: readonly Frame[]) =>
  frames.filter((frame) => frame.type === "audio");
/** The samples of frames, one after the other. */
export const samplesOf = (frames: readonly AudioFrame[]) =>
  concatenated(frames.map(({ samples }) => samples));

/** How alike two recordings are at their best alignment: 1 for the same. */
export function likeness(expected: Int16Array, actual: Int16Array): number {
  const step = 4; // enough of the band of speech, and fast
  const thin = (samples: Int16Array) =>
    Float64Array.from({ length: Math.floor(samples.length / step) }, (_, i) => samples[i * step]!);
  const [a, b] = [thin(expected), thin(actual)];
  const norm = Math.hypot(...a);
  let best = 0;
  for (let lag = 0; lag + a.length <= b.length; lag++) {
    let [product, energy] = [0, 0];
    for (let i = 0; i < a.length; i++) {
      product += a[i]! * b[lag + i]!;
      energy += b[lag + i]! ** 2;
    }
    best = Math.max(best, product / (norm * Math.sqrt(energy) || 1));
  }
  return best;
}

/** Resolves once a condition holds. */
export function until(condition: () => boolean, ms = 5000): Promise<void> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const check = () => {
      if (condition()) resolve();
      else if (performance.now() - start > ms) reject(new Error("It did not happen"));
      else setTimeout(check, 5);
    };
    check();
  });
}

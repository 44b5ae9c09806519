/**
 * A client of the transport for WebSockets, and what it sends.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createTicker } from "../../src/audio/ticker.ts";
import type { Socket } from "../../src/core/duplex.ts";
import type { AudioFrame, Frame } from "../../src/core/frame.ts";
import type { Json } from "../../src/rtvi/protocol.ts";
import { decodeFrame, encodeMessage } from "../../src/serializers/protobuf.ts";
import { manualClock } from "../../src/testing/clock.ts";
import { memoryPlatform } from "../../src/testing/memory_platform.ts";
import type { TransportParams } from "../../src/transports/transport.ts";
import { websocketTransport } from "../../src/ways/websocket/transport.ts";

export const NEVER = new AbortController().signal;

/** A transport, its client's end, and the time that both live in. */
export async function connected(params: TransportParams = {}) {
  const clock = manualClock();
  const sockets: Socket[] = [];
  const client = await memoryPlatform().connect({
    fetch(request, platform) {
      const { socket, response } = platform!.upgrade(request);
      sockets.push(socket);
      return response;
    },
  }, "wss://bot.test/ws-client");
  const transport = websocketTransport(
    {
      transport: "websocket",
      websocket: sockets[0]!,
      sessionId: "s1",
      body: {},
      signal: NEVER,
    },
    params,
    { clock, ticker: createTicker(20, clock) },
  );
  const received: { readonly frame: Frame; readonly at: number }[] = [];
  let texts = 0;
  client.receive((message) => {
    if (typeof message === "string") return void texts++;
    const frame = decodeFrame(message);
    assert.ok(frame.type === "audio" || frame.type === "message");
    received.push({ frame, at: clock.now() });
  });
  const writer = transport.writable.getWriter();
  return {
    clock,
    client,
    transport,
    received,
    get texts() {
      return texts;
    },
    audio: () => received.flatMap(({ frame }) => frame.type === "audio" ? [frame] : []),
    messages: () => received.flatMap(({ frame }) => frame.type === "message" ? [frame.data] : []),
    write: (frame: Frame) => writer.write(frame),
    async [Symbol.asyncDispose]() {
      transport.close();
      await transport.closed;
    },
  };
}

export function silence(ms: number, sampleRate: number): AudioFrame {
  return {
    type: "audio",
    samples: new Int16Array(ms * sampleRate / 1000),
    sampleRate,
    channels: 1,
  };
}

export function milliseconds(frames: readonly AudioFrame[]): number {
  return frames.reduce((sum, { samples, sampleRate }) => sum + samples.length / sampleRate, 0) *
    1000;
}

export function rtvi(type: string, data: Json): Uint8Array<ArrayBuffer> {
  return encodeMessage({ id: "m1", label: "rtvi-ai", type, data });
}

/** Lets messages in memory arrive. */
export const arrival = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

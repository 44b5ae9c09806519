/**
 * The ears of livekit-agents.ts: LiveKit Agents over any transport, without a room.
 *
 * @module
 */
import type { Transport } from "jsr:@pipecat/runner";
import { voice } from "npm:@livekit/agents@1.9.0";
import * as rtc from "npm:@livekit/rtc-node@0.13.34";

const RATE = 24_000;

/** Hears the caller. */
export class Ears extends voice.AudioInput {
  constructor(transport: Transport) {
    super();
    this.multiStream.addInputStream(ReadableStream.from(frames(transport)));
  }
}

async function* frames(transport: Transport): AsyncGenerator<rtc.AudioFrame> {
  for await (const samples of transport.audio({ sampleRate: RATE })) {
    yield new rtc.AudioFrame(samples, RATE, 1, samples.length);
  }
}

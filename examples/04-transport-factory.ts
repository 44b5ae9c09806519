/**
 * One bot, with different settings for each transport.
 *
 *   deno run -A jsr:@pipecat/runner 04-transport-factory.ts
 *
 * @module
 */
import { createTransport, type RunnerArguments, type TransportOptions } from "jsr:@pipecat/runner";

const PARAMS: TransportOptions = {
  audioInSampleRate: 16_000, // all phones: the rate that speech recognition prefers
  webrtc: { audioInSampleRate: 24_000 },
  websocket: { audioInSampleRate: 24_000, audioOutSampleRate: 24_000 },
  livekit: { audioInSampleRate: 24_000 },
};

/** Repeats what it hears. */
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args, PARAMS);
  await transport.readable.pipeTo(transport.writable);
}

/**
 * One bot, with settings of its own for every transport.
 *
 *   deno run -A jsr:@pipecat/runner 04-transport-factory.ts
 *
 * @module
 */
import { createTransport, type RunnerArguments, type TransportParams } from "jsr:@pipecat/runner";

const PHONE: TransportParams = { audioInSampleRate: 16_000 }; // as speech recognition likes it
const PARAMS: Record<RunnerArguments["transport"], TransportParams> = {
  webrtc: { audioInSampleRate: 24_000 },
  websocket: { audioInSampleRate: 24_000, audioOutSampleRate: 24_000 },
  twilio: PHONE,
  telnyx: PHONE,
  plivo: PHONE,
  exotel: PHONE,
  livekit: { audioInSampleRate: 24_000 },
  daily: {}, // brings its own media: see 03-multi-transport.ts
};

/** Says back what it hears. */
export async function bot(args: RunnerArguments): Promise<void> {
  await using transport = await createTransport(args, PARAMS);
  await transport.readable.pipeTo(transport.writable);
}

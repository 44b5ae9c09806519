import type { Block } from "./block_clock.ts";
import { openContext } from "./context.ts";

/** Takes sound out of a stream as samples. */
export interface Capture {
  /** Takes another stream, or none: then there is silence. */
  use(stream: MediaStream | undefined): void;
  close(): void;
}

/** What to make of the sound. */
export interface CaptureOptions {
  /** In Hz. */
  readonly sampleRate: number;
  /** The length of a block, in ms. */
  readonly blockMs: number;
  readonly onSamples: (samples: Int16Array<ArrayBuffer>) => void;
}

/** Starts to take sound: blocks come in real time until it is closed, silence too. */
export async function startCapture(options: CaptureOptions): Promise<Capture> {
  const { sampleRate, blockMs, onSamples } = options;
  const context = await openContext(sampleRate);
  const frames = sampleRate * blockMs / 1000;
  const tap = new AudioWorkletNode(context, "tap", {
    numberOfOutputs: 1,
    channelCount: 1,
    channelCountMode: "explicit",
    processorOptions: { frames },
  });
  tap.port.onmessage = ({ data }: MessageEvent<Block>) => onSamples(data.samples);
  tap.connect(context.destination); // what leads nowhere is not run; it gives no sound
  let source: MediaStreamAudioSourceNode | undefined;
  return {
    use(stream) {
      source?.disconnect();
      source = stream && context.createMediaStreamSource(stream);
      source?.connect(tap);
    },
    close() {
      source?.disconnect();
      tap.port.onmessage = null;
      void context.close();
    },
  };
}

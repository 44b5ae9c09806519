import { type Block, createBlockClock } from "./block_clock.ts";
import { openContext } from "./context.ts";
import { loudnessOf, STEP_MS } from "./loudness.ts";
import { createTape, KEPT_MINUTES } from "./tape.ts";

/** Both sides of a call: recorded, measured, and there to be looked at. */
export interface Recorder {
  /** The sound of one side now; nothing while there is none. */
  readonly analysers: Readonly<Record<Side, AnalyserNode>>;
  /** What was recorded: the user left, the bot right. */
  readonly recording: Recording;
  /** Listens to another stream, or to none. */
  use(side: Side, stream: MediaStream | undefined): void;
  close(): void;
}

/** Who makes the sound. */
export type Side = "user" | "bot";

/** Sound in two channels, in blocks: first all samples of the user, then all of the bot. */
export interface Recording {
  /** In Hz. */
  readonly sampleRate: number;
  /** When the first block begins, in ms since 1970. */
  readonly from: number;
  readonly blocks: readonly Int16Array[];
  /** Whether the call was longer than what is kept. */
  readonly cut: boolean;
}

/** One step of both sides. */
export interface Step {
  /** First all samples of the user, then all of the bot; absent where nothing could be heard. */
  readonly block: Int16Array<ArrayBuffer> | undefined;
  /** In Hz. */
  readonly sampleRate: number;
  /** How loud the sides were, from 0 to 1. */
  readonly user: number;
  readonly bot: number;
  /** When it ends, in ms since 1970. */
  readonly at: number;
}

const RATE = 16_000;

/** Begins to record; silence is recorded, too, so that both sides keep in step with the clock. */
export async function startRecorder(onStep: (step: Step) => void): Promise<Recorder> {
  // Firefox takes streams only at their own rate, so the rate of the device is the second choice.
  let context = await openContext(RATE);
  let graph = build(context);
  const sources = new Map<Side, MediaStreamAudioSourceNode>();
  const streams = new Map<Side, MediaStream>();
  const tape = createTape(KEPT_MINUTES * 60_000 / STEP_MS);
  const clock = createBlockClock<Int16Array<ArrayBuffer>>(STEP_MS);
  /** When the next block begins. */
  let end: number | undefined;

  function build(on: AudioContext): Graph {
    const merger = new ChannelMergerNode(on, { numberOfInputs: 2 });
    const tap = new AudioWorkletNode(on, "tap", {
      channelCount: 2,
      channelCountMode: "explicit",
      processorOptions: { frames: on.sampleRate * STEP_MS / 1000, channels: 2 },
    });
    merger.connect(tap).connect(on.destination);
    const analysers = { user: analyser(on), bot: analyser(on) };
    analysers.user.connect(merger, 0, 0);
    analysers.bot.connect(merger, 0, 1);
    const silence = new Int16Array(on.sampleRate * STEP_MS / 1000 * 2);
    tap.port.onmessage = ({ data: { samples, at } }: MessageEvent<Block>) => {
      end ??= at - STEP_MS;
      for (const block of clock.push(samples, at)) {
        end += STEP_MS;
        tape.push(block ?? silence);
        onStep({ block, sampleRate: on.sampleRate, ...loudnessOfBoth(block), at: end });
      }
    };
    return { analysers, tap };
  }

  function connect(side: Side): void {
    sources.get(side)?.disconnect();
    sources.delete(side);
    const stream = streams.get(side);
    if (!stream || stream.getAudioTracks().length === 0) return;
    const source = context.createMediaStreamSource(stream);
    source.connect(graph.analysers[side]);
    sources.set(side, source);
  }

  return {
    get analysers() {
      return graph.analysers;
    },
    get recording() {
      const from = (end ?? 0) - tape.blocks.length * STEP_MS;
      return { sampleRate: context.sampleRate, from, blocks: tape.blocks, cut: tape.cut };
    },
    use(side, stream) {
      if (stream) streams.set(side, stream);
      else streams.delete(side);
      try {
        connect(side);
      } catch {
        void context.close();
        tape.clear();
        void openContext().then((other) => {
          context = other;
          graph = build(other);
          connect("user");
          connect("bot");
        });
      }
    },
    close() {
      graph.tap.port.onmessage = null;
      if (context.state !== "closed") void context.close();
    },
  };
}

interface Graph {
  readonly analysers: Readonly<Record<Side, AnalyserNode>>;
  readonly tap: AudioWorkletNode;
}

function analyser(context: AudioContext): AnalyserNode {
  return new AnalyserNode(context, { fftSize: 512, channelCount: 1, channelCountMode: "explicit" });
}

/** How loud the user and the bot are in a block; a hole is silent. */
function loudnessOfBoth(block: Int16Array | undefined): Pick<Step, "user" | "bot"> {
  if (!block) return { user: 0, bot: 0 };
  const half = block.length / 2;
  return { user: loudnessOf(block.subarray(0, half)), bot: loudnessOf(block.subarray(half)) };
}

/** The audio thread: takes sound in, and plays it with a clock of its own. */

// What an AudioWorkletGlobalScope has; TypeScript's DOM library does not have it.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new (options: Options) => object): void;

interface Options {
  readonly processorOptions?: { readonly frames?: number; readonly channels?: number };
}

/** Posts blocks of `frames` samples, and when each was full: its channels one after the other. */
class Tap extends AudioWorkletProcessor {
  readonly #frames: number;
  readonly #channels: number;
  #block: Int16Array;
  #filled = 0;

  constructor({ processorOptions: { frames = 320, channels = 1 } = {} }: Options) {
    super();
    this.#frames = frames;
    this.#channels = channels;
    this.#block = new Int16Array(frames * channels);
  }

  process([input = []]: Float32Array[][]): boolean {
    const length = input[0]?.length ?? 128;
    for (let at = 0; at < length; at++) {
      for (let channel = 0; channel < this.#channels; channel++) {
        const sample = Math.max(-1, Math.min(1, input[channel]?.[at] ?? 0));
        this.#block[channel * this.#frames + this.#filled] = Math.round(sample * 32767);
      }
      if (++this.#filled < this.#frames) continue;
      this.port.postMessage({ samples: this.#block, at: Date.now() }, [this.#block.buffer]);
      this.#block = new Int16Array(this.#frames * this.#channels);
      this.#filled = 0;
    }
    return true;
  }
}

declare const sampleRate: number;

/** How long to wait after a pause, so that the next late packet is no gap, in seconds. */
const SHORTEST_HOLD = 0.06;
/** The wait grows by this with each gap, up to the longest. */
const HOLD_GROWTH = 1.5;
const LONGEST_HOLD = 0.3;
/** A longer pause is a pause of the bot, and no gap, in seconds. */
const LONGEST_GAP = 0.4;

type Order =
  | { readonly samples: Int16Array }
  | { readonly mark: number }
  | { readonly clear: true };

/**
 * Plays what it is sent, and tells `{ played }` when a mark was reached, `{ cleared }` which marks
 * were waiting, and `{ queued }`, in samples, when that has changed.
 */
class Player extends AudioWorkletProcessor {
  #queue: (Int16Array | number)[] = [];
  #offset = 0;
  #queued = 0;
  #told = 0;
  #hold = 0;
  #holdSeconds = SHORTEST_HOLD;
  /** How long nothing has been there to play, in samples. */
  #idle = Infinity;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<Order>) => this.#take(data);
  }

  #take(order: Order): void {
    if ("samples" in order) {
      if (this.#queued === 0) {
        if (this.#idle < LONGEST_GAP * sampleRate) {
          this.#holdSeconds = Math.min(LONGEST_HOLD, this.#holdSeconds * HOLD_GROWTH);
        }
        this.#hold = Math.round(this.#holdSeconds * sampleRate);
      }
      this.#queue.push(order.samples);
      this.#queued += order.samples.length;
      return;
    }
    if ("mark" in order) {
      this.#queue.push(order.mark);
      this.#hold = 0; // the end of an utterance: no more will come
      return;
    }
    const waiting = this.#queue.filter((item) => typeof item === "number");
    this.#queue = [];
    this.#offset = 0;
    this.#queued = 0;
    this.#idle = Infinity;
    this.port.postMessage({ cleared: waiting });
  }

  process(_inputs: unknown, outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    if (!output) return true;
    this.#hold -= output.length;
    this.#idle = this.#queued === 0 ? this.#idle + output.length : 0;
    let at = 0;
    while (this.#hold <= 0 && this.#queue.length > 0) {
      const [item] = this.#queue;
      if (typeof item === "number") {
        this.#queue.shift();
        this.port.postMessage({ played: item });
        continue;
      }
      if (!item || at === output.length) break;
      while (at < output.length && this.#offset < item.length) {
        output[at++] = (item[this.#offset++] ?? 0) / 32768;
        this.#queued--;
      }
      if (this.#offset < item.length) break;
      this.#queue.shift();
      this.#offset = 0;
    }
    if (Math.abs(this.#queued - this.#told) > 0.05 * sampleRate) {
      this.#told = this.#queued;
      this.port.postMessage({ queued: this.#queued });
    }
    return true;
  }
}

registerProcessor("tap", Tap);
registerProcessor("player", Player);

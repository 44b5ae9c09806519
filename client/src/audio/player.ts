import { openContext } from "./context.ts";

/** Plays samples as they come. */
export interface Player {
  /** What it plays. */
  readonly stream: MediaStream;
  /** What was not played yet, in ms. */
  readonly queuedMs: number;
  play(samples: Int16Array): void;
  /** Calls back when all that came before was played. */
  mark(played: () => void): void;
  /** Drops what was not played; resolves with the marks that were waiting. */
  clear(): Promise<readonly (() => void)[]>;
  close(): void;
}

type News =
  | { readonly played: number }
  | { readonly cleared: readonly number[] }
  | { readonly queued: number };

/** Makes a player for one channel; `sampleRate` is in Hz. */
export async function startPlayer(sampleRate: number): Promise<Player> {
  const context = await openContext(sampleRate);
  const node = new AudioWorkletNode(context, "player", {
    numberOfInputs: 0,
    outputChannelCount: [1],
  });
  const target = context.createMediaStreamDestination();
  node.connect(target);
  const marks = new Map<number, () => void>();
  const clears: ((marks: readonly (() => void)[]) => void)[] = [];
  let count = 0;
  let queued = 0;
  let toldAt = 0;

  function take(mark: number): () => void {
    const played = marks.get(mark);
    marks.delete(mark);
    return played ?? (() => {});
  }
  node.port.onmessage = ({ data }: MessageEvent<News>) => {
    if ("played" in data) take(data.played)();
    else if ("cleared" in data) clears.shift()?.(data.cleared.map(take));
    else {
      queued = data.queued;
      toldAt = context.currentTime;
    }
  };
  return {
    stream: target.stream,
    get queuedMs() {
      return Math.max(0, queued / sampleRate - (context.currentTime - toldAt)) * 1000;
    },
    play: (samples) => node.port.postMessage({ samples }),
    mark(played) {
      marks.set(++count, played);
      node.port.postMessage({ mark: count });
    },
    clear() {
      queued = 0;
      const { promise, resolve } = Promise.withResolvers<readonly (() => void)[]>();
      clears.push(resolve);
      node.port.postMessage({ clear: true });
      return promise;
    },
    close() {
      node.port.onmessage = null;
      void context.close();
    },
  };
}

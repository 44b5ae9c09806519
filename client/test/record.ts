/** What was heard: mono, as 16-bit integers. */
export interface Recording {
  readonly sampleRate: number;
  readonly samples: readonly number[];
}

// Chromium's; TypeScript's DOM library does not have it.
declare class MediaStreamTrackProcessor {
  constructor(options: { track: MediaStreamTrack });
  readonly readable: ReadableStream<AudioData>;
}

/** Records what an audio element of the page plays. */
export async function record(milliseconds: number): Promise<Recording> {
  const element = document.querySelector("audio") as
    | (HTMLAudioElement & { captureStream(): MediaStream }) // missing in the DOM library, too
    | null;
  if (!element || element.paused || element.muted) {
    throw new Error("Nothing is being played.");
  }
  const [track] = element.captureStream().getAudioTracks();
  if (!track) throw new Error("What is being played has no sound.");
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  const samples: number[] = [];
  let sampleRate = 0;
  while (
    sampleRate === 0 || samples.length < (sampleRate * milliseconds) / 1000
  ) {
    const { value } = await reader.read();
    if (!value) break;
    sampleRate = value.sampleRate;
    const part = new Float32Array(value.numberOfFrames);
    value.copyTo(part, { planeIndex: 0, format: "f32-planar" });
    for (const sample of part) samples.push(Math.round(sample * 32767));
    value.close();
  }
  await reader.cancel();
  return { sampleRate, samples };
}

Object.assign(globalThis, { record });

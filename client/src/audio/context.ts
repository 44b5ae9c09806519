import workletUrl from "./worklet.ts?worker&url";

/** An audio graph with the page's worklets in it; at the device's own rate unless one is given. */
export async function openContext(sampleRate?: number): Promise<AudioContext> {
  const context = new AudioContext(sampleRate ? { sampleRate } : {});
  await context.audioWorklet.addModule(workletUrl);
  void context.resume();
  return context;
}

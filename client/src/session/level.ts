/** The quietest sound that moves the meter, in dB below full scale. */
const FLOOR_DB = -60;
/** How much of a fall the meter shows per frame of the screen. */
const FALL = 0.04;

/**
 * Calls back with the loudness of a stream, from 0 to 1, once per frame of the screen. Returns the
 * way to stop.
 */
export function watchLevel(
  stream: MediaStream,
  onLevel: (level: number) => void,
): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let shown = 0;
  let frame = requestAnimationFrame(look);

  function look(): void {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) /
      samples.length;
    const decibels = 10 * Math.log10(Math.max(power, 1e-12));
    const level = Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
    shown = Math.max(level, shown - FALL);
    onLevel(shown);
    frame = requestAnimationFrame(look);
  }

  return () => {
    cancelAnimationFrame(frame);
    void context.close();
  };
}

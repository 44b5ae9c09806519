/** The keys of a phone, row by row. */
export const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const TONE_MS = 140;
const VOLUME = 0.08;

/** Plays the tone of a key to the user. */
export function playTone(key: string): void {
  const place = KEYS.findIndex((other) => other === key);
  if (place < 0) return;
  const context = new AudioContext();
  const gain = new GainNode(context, { gain: VOLUME });
  gain.connect(context.destination);
  const end = context.currentTime + TONE_MS / 1000;
  gain.gain.setTargetAtTime(0, end - 0.02, 0.006); // no click at the end
  const pair = [ROWS[Math.floor(place / 3)] ?? 0, COLUMNS[place % 3] ?? 0];
  const tones = pair.map((frequency) => new OscillatorNode(context, { frequency }));
  for (const tone of tones) {
    tone.connect(gain);
    tone.start();
    tone.stop(end + 0.02);
  }
  const [last] = tones;
  if (last) last.onended = () => void context.close();
}

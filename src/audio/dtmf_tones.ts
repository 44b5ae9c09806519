/**
 * The keys of a phone as tones (ITU-T Q.23): two sines each, one of its row and one of its column.
 *
 * @module
 */

const ROWS_HZ = [697, 770, 852, 941];
const COLUMNS_HZ = [1209, 1336, 1477, 1633];
/** The keys in the layout of a phone. */
const LAYOUT = "123A456B789C*0#D";

/** How long a key sounds, and the silence after it, in ms: what every exchange accepts (Q.24). */
const TONE_MS = 100;
const PAUSE_MS = 100;
/**
 * Peak of each of the two sines, of 32767: −10 dBm0 and −8 dBm0, since lines attenuate the higher
 * one more.
 */
const ROW_PEAK = 7_300;
const COLUMN_PEAK = 9_200;

/**
 * Makes the tones of keys, each followed by a pause.
 *
 * @param keys Of `0123456789*#ABCD`; others are left out.
 * @param sampleRate In Hz.
 */
export function dtmfTones(keys: string, sampleRate: number): Int16Array<ArrayBuffer> {
  const known = [...keys].map((key) => LAYOUT.indexOf(key)).filter((place) => place >= 0);
  const tone = Math.round(TONE_MS * sampleRate / 1000);
  const length = tone + Math.round(PAUSE_MS * sampleRate / 1000);
  const samples = new Int16Array(known.length * length);
  known.forEach((place, index) => {
    const [row = 0, column = 0] = [ROWS_HZ[place >> 2], COLUMNS_HZ[place & 3]];
    for (let i = 0; i < tone; i++) {
      const time = 2 * Math.PI * i / sampleRate;
      samples[index * length + i] = ROW_PEAK * Math.sin(row * time) +
        COLUMN_PEAK * Math.sin(column * time);
    }
  });
  return samples;
}

/**
 * What a microphone hears beside speech, made here and the same in every run: noise, music, a cough,
 * breath, keys, the bot's own voice out of a loudspeaker.
 *
 * @module
 */
import { seeded } from "../soak/random.ts";

/** Samples per second of all sounds, in Hz. */
export const RATE = 16_000;

/** Samples from -1 to 1. */
export type Wave = Float64Array<ArrayBuffer>;

/** Silence, in ms. */
export function silence(ms: number): Wave {
  return new Float64Array(Math.round(RATE * ms / 1000));
}

/** Noise by its colour: white hisses, pink rushes, brown rumbles like a car. */
export function noise(colour: "white" | "pink" | "brown", ms: number, seed = 1): Wave {
  const random = seeded(seed);
  const poles = { white: [0], pink: [0.05, 0.6, 0.95, 0.995], brown: [0.995] }[colour];
  const states = poles.map(() => 0);
  return silence(ms).map(() => {
    const white = random() * 2 - 1;
    let sum = 0;
    for (const [i, pole] of poles.entries()) {
      states[i] = pole * states[i]! + (1 - pole) * white * (1 - pole) ** -0.5;
      sum += states[i]!;
    }
    return sum;
  });
}

/** Chords as of an electric piano, four a second or slower, each with overtones that fade. */
export function music(ms: number, chordMs = 500): Wave {
  const chords = [[220, 277.2, 329.6], [246.9, 293.7, 370], [196, 246.9, 293.7], [
    220,
    261.6,
    329.6,
  ]];
  return silence(ms).map((_, i) => {
    const t = i / RATE;
    const chord = Math.floor(t * 1000 / chordMs);
    const since = t - chord * chordMs / 1000;
    const loud = Math.min(1, since / 0.005) * Math.exp(-since * 3);
    return chords[chord % chords.length]!.reduce((sum, note) => {
      const overtones = [1, 0.5, 0.25, 0.12];
      return sum +
        overtones.reduce(
          (tone, weight, k) => tone + weight * Math.sin(2 * Math.PI * note * (k + 1) * t),
          0,
        );
    }, 0) * loud;
  });
}

/** A steady tone, such as a dial tone, in Hz. */
export function tone(ms: number, ...frequencies: readonly number[]): Wave {
  return silence(ms).map((_, i) =>
    frequencies.reduce((sum, hz) => sum + Math.sin(2 * Math.PI * hz * i / RATE), 0)
  );
}

/** A cough: an explosive burst of 60 ms, a rough hoarse part, a short voiced end; 350 ms. */
export function cough(seed = 1): Wave {
  const random = seeded(seed);
  const rough = silence(350).map((_, i) => {
    const t = i / RATE;
    const burst = t < 0.06 ? Math.min(1, t / 0.003) * Math.exp(-t * 15) : 0;
    const hoarse = t < 0.25 ? 0.5 * Math.exp(-Math.max(0, t - 0.03) * 10) : 0;
    return (random() * 2 - 1) * (burst + hoarse);
  });
  const throat = resonant(rough, [[600, 250], [1400, 300], [2600, 500]]);
  let phase = 0;
  const end = silence(350).map((_, i) => {
    const t = i / RATE;
    phase += (150 - 120 * Math.max(0, t - 0.2)) / RATE;
    const loud = t < 0.2 || t > 0.33 ? 0 : Math.sin(Math.PI * (t - 0.2) / 0.13);
    return loud * (2 * (phase % 1) - 1) * 0.3;
  });
  return mix(normal(throat), resonant(end, [[600, 150], [1300, 200]]).map((x) => x * 0.1));
}

/** Breath into a microphone: noise that swells and fades, in through the mouth and out. */
export function breath(seed = 1): Wave {
  const wind = resonant(noise("white", 2600, seed), [[500, 600], [1500, 1000]]);
  return wind.map((sample, i) => {
    const t = i / RATE;
    const swell = t < 1.1
      ? Math.sin(Math.PI * t / 1.1)
      : t < 1.4
      ? 0
      : Math.sin(Math.PI * (t - 1.4) / 1.2);
    return sample * Math.max(0, swell) ** 2;
  });
}

/** Somebody types, seven keys a second: each is two clicks, down and up. */
export function keyboard(ms: number, seed = 1): Wave {
  const random = seeded(seed);
  const typed = silence(ms);
  for (let at = 0.05; at < ms / 1000 - 0.2; at += 0.09 + 0.11 * random()) {
    for (const [delay, loud] of [[0, 1], [0.07, 0.5]] as const) {
      const start = Math.round((at + delay) * RATE);
      const pitch = 1800 + 1500 * random();
      for (let i = 0; i < 0.012 * RATE; i++) {
        const ring = Math.sin(2 * Math.PI * pitch * i / RATE) + (random() * 2 - 1);
        typed[start + i]! += loud * ring * Math.exp(-i / RATE * 350);
      }
    }
  }
  return typed;
}

/**
 * What a loudspeaker says, as the microphone of the same device hears it.
 *
 * @param delayMs How long it takes to get there, the network and buffers included.
 */
export function echoOf(spoken: Wave, delayMs: number, seed = 1): Wave {
  const random = seeded(seed);
  // A room: the direct sound, and reflections that have faded by 60 dB after 300 ms.
  const room = Array.from({ length: 60 }, (_, i) => {
    const ms = i === 0 ? 0 : 2 + 200 * random() ** 2;
    return {
      at: Math.round(ms * RATE / 1000),
      gain: (i === 0 ? 1 : random() * 2 - 1) * 10 ** (-ms / 100),
    };
  });
  const delay = Math.round(delayMs * RATE / 1000);
  const heard = new Float64Array(spoken.length + delay + RATE * 0.25);
  for (const { at, gain } of room) {
    for (let i = 0; i < spoken.length; i++) heard[delay + at + i]! += gain * spoken[i]!;
  }
  return highPassed(heard, 300);
}

/** The sum of sounds, as long as the longest. */
export function mix(...waves: readonly Wave[]): Wave {
  const sum = new Float64Array(Math.max(...waves.map(({ length }) => length)));
  for (const wave of waves) wave.forEach((sample, i) => sum[i]! += sample);
  return sum;
}

/** One sound after the other. */
export function sequence(...waves: readonly Wave[]): Wave {
  const whole = new Float64Array(waves.reduce((length, wave) => length + wave.length, 0));
  let at = 0;
  for (const wave of waves) {
    whole.set(wave, at);
    at += wave.length;
  }
  return whole;
}

/** The level of a sound where it sounds, in dB below full scale: pauses do not count. */
export function levelOf(wave: Wave): number {
  const size = RATE / 50;
  const powers = Array.from({ length: Math.floor(wave.length / size) }, (_, i) => {
    const window = wave.subarray(i * size, (i + 1) * size);
    return window.reduce((sum, sample) => sum + sample * sample, 0) / size;
  });
  const loudest = Math.max(...powers);
  const sounding = powers.filter((power) => power > loudest / 1000);
  return 10 * Math.log10(sounding.reduce((sum, power) => sum + power, 0) / sounding.length);
}

/** The same sound at a level in dB below full scale. */
export function atLevel(wave: Wave, level: number): Wave {
  const gain = 10 ** ((level - levelOf(wave)) / 20);
  return wave.map((sample) => sample * gain);
}

/** As a transport brings it. */
export function toPcm(wave: Wave): Int16Array<ArrayBuffer> {
  return Int16Array.from(
    wave,
    (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_767))),
  );
}

/** As a wave. */
export function fromPcm(samples: Int16Array): Wave {
  return Float64Array.from(samples, (sample) => sample / 32_768);
}

/** Where a sound begins and ends to be audible, in ms: from 25 dB below its own level. */
export function audible(wave: Wave): { readonly fromMs: number; readonly toMs: number } {
  const limit = 10 ** ((levelOf(wave) - 25) / 20);
  const size = RATE / 200;
  const loud = (i: number) => {
    const window = wave.subarray(i * size, (i + 1) * size);
    return Math.sqrt(window.reduce((sum, sample) => sum + sample * sample, 0) / size) > limit;
  };
  const windows = Array.from({ length: Math.floor(wave.length / size) }, (_, i) => loud(i));
  return { fromMs: windows.indexOf(true) * 5, toMs: (windows.lastIndexOf(true) + 1) * 5 };
}

function normal(wave: Wave): Wave {
  const peak = wave.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1e-9);
  return wave.map((sample) => sample / peak);
}

/** Resonances side by side: [frequency, bandwidth] in Hz. */
function resonant(wave: Wave, bands: readonly (readonly [number, number])[]): Wave {
  return mix(...bands.map(([frequency, width]) => {
    const radius = Math.exp(-Math.PI * width / RATE);
    const turn = 2 * radius * Math.cos(2 * Math.PI * frequency / RATE);
    let [one, two] = [0, 0];
    return wave.map((sample) => {
      const next = sample * (1 - radius) + turn * one - radius * radius * two;
      [one, two] = [next, one];
      return next;
    });
  }));
}

function highPassed(wave: Wave, frequency: number): Wave {
  const pole = Math.exp(-2 * Math.PI * frequency / RATE);
  let [before, out] = [0, 0];
  return wave.map((sample) => {
    out = pole * (out + sample - before);
    before = sample;
    return out;
  });
}

/**
 * What is heard in the bench of turns.
 *
 * @module
 */
import {
  atLevel,
  audible,
  breath,
  cough,
  echoOf,
  keyboard,
  mix,
  music,
  noise,
  sequence,
  silence,
  tone,
  type Wave,
} from "../../turns/sounds.ts";
import type { Scene } from "./score.ts";
import { loadMusic, type Utterance } from "./voices.ts";

/** What is behind speech: its name, how far below the speech in dB, and how it is made. */
interface Background {
  readonly name: string;
  readonly below: number;
  readonly make: (ms: number, seed: number, voices: readonly Utterance[]) => Wave;
}

const SPEECH_DB = -26;
const QUIET_DB = -70;
/** Before and after what is said, in ms. */
const MARGIN_MS = 1500;

/** Backgrounds, from none to other people who talk. */
export const backgrounds: readonly Background[] = [
  { name: "quiet", below: QUIET_DB - SPEECH_DB, make: (ms, seed) => noise("pink", ms, seed) },
  ...[-20, -10, -5].flatMap((below) =>
    (["white", "pink", "brown"] as const).map((colour): Background => ({
      name: `noise at ${-below} dB`,
      below,
      make: (ms, seed) => noise(colour, ms, seed),
    }))
  ),
  { name: "talk behind, 20 dB softer", below: -20, make: babble },
];

/** Everything that is said, each on its own, before a background. */
export function* speech(voices: readonly Utterance[], background: Background): Generator<Scene> {
  for (const [i, { voice, wave }] of voices.entries()) {
    const said = atLevel(wave, SPEECH_DB);
    const { fromMs, toMs } = audible(said);
    const whole = sequence(silence(MARGIN_MS), said, silence(MARGIN_MS));
    const behind = background.make(whole.length / 16, i + 1, voices);
    yield {
      name: `${voice}, ${background.name}`,
      heard: mix(whole, atLevel(behind, SPEECH_DB + background.below)),
      speech: { fromMs: MARGIN_MS + fromMs, toMs: MARGIN_MS + toMs },
    };
  }
}

/** A bot that speaks out of a loudspeaker beside the microphone, for 14 s or until it is interrupted. */
export function* conversations(voices: readonly Utterance[]): Generator<Scene> {
  const INTERRUPTED_MS = 6000;
  /** By then the bot has heard the user, or has given up. */
  const SILENCED_AFTER_MS = 1000;
  const bots = [
    ...new Set(voices.flatMap(({ voice, speaker }) => voice === "flite" ? [speaker] : [])),
  ];
  const users = voices.filter(({ voice }) => voice === "espeak-ng");
  const echoes = [undefined, -20, -12, -6];
  for (const delayMs of [40, 180, 420]) {
    for (let call = 0; call < 8; call++) {
      const bot = bots[call % bots.length];
      const lines = voices.filter(({ speaker }) => speaker === bot)
        .map(({ wave }) => sequence(atLevel(wave, SPEECH_DB), silence(300)));
      const said = sequence(...lines).slice(0, 16_000 * 14);
      const room = atLevel(noise("pink", said.length / 16 + 1000, call + 1), QUIET_DB);
      const user = atLevel(users[call * 7 % users.length]!.wave, SPEECH_DB);
      const { fromMs, toMs } = audible(user);
      const speech = { fromMs: INTERRUPTED_MS + fromMs, toMs: INTERRUPTED_MS + toMs };
      const interruption = sequence(silence(INTERRUPTED_MS), user);
      for (const below of [0, -10, -20]) {
        yield {
          name: `echo of the bot at ${SPEECH_DB + below} dB`,
          said,
          heard: mix(room, gain(echoOf(said, delayMs, call + 1), below)),
        };
      }
      for (const below of echoes) {
        const name = below === undefined ? "without echo" : `${-below} dB over the echo`;
        const cut = said.slice(0, (speech.fromMs + SILENCED_AFTER_MS) * 16);
        const echo = echoOf(cut, delayMs, call + 1);
        const heard = mix(room, interruption, ...below === undefined ? [] : [gain(echo, below)]);
        yield { name: `user interrupts, ${name}`, said: cut, heard, speech };
      }
    }
  }
}

/** What is no speech. */
export async function* otherSounds(): AsyncGenerator<Scene> {
  const seeds = [1, 2, 3, 4];
  const sounds: Record<string, Wave[]> = {
    "noise sets in": (["white", "pink", "brown"] as const).flatMap((colour) =>
      [-20, -35].map((level) => atLevel(noise(colour, 4000), level))
    ),
    "a cough": seeds.flatMap((seed) => [-24, -36].map((level) => atLevel(cough(seed), level))),
    "breath": seeds.flatMap((seed) => [-30, -42].map((level) => atLevel(breath(seed), level))),
    "a keyboard": seeds.flatMap((s) =>
      [-24, -36].map((level) => atLevel(keyboard(4000, s), level))
    ),
    "a tone": [[425], [350, 440], [770, 1336], [941, 1477]].map((hz) =>
      atLevel(tone(2000, ...hz), -25)
    ),
    "chords": [250, 500, 1000, 2000].map((ms) => atLevel(music(4000, ms), -30)),
    "music for who waits": (await loadMusic()).map((wave) => atLevel(wave, -30)),
  };
  for (const [name, waves] of Object.entries(sounds)) {
    for (const wave of waves) {
      const whole = sequence(silence(MARGIN_MS), wave, silence(MARGIN_MS));
      yield { name, heard: mix(whole, atLevel(noise("pink", whole.length / 16), QUIET_DB)) };
    }
  }
}

/** Six people who talk at once. */
function babble(ms: number, seed: number, voices: readonly Utterance[]): Wave {
  const talkers = Array.from({ length: 6 }, (_, talker) => {
    const talk: Wave[] = [];
    for (let i = 0, length = 0; length < ms * 16 + 16_000; i++) {
      const { wave } = voices[(seed * 5 + talker * 7 + i * 11) % voices.length]!;
      talk.push(atLevel(wave, SPEECH_DB));
      length += wave.length;
    }
    return sequence(...talk).slice(1600 * talker, 1600 * talker + ms * 16);
  });
  return mix(...talkers);
}

function gain(wave: Wave, db: number): Wave {
  return wave.map((sample) => sample * 10 ** (db / 20));
}

/**
 * Listens to one stream of sound: finds where turns begin and end.
 *
 * ```text
 *                speech, not the bot's own                  silence, and finished
 *   listening ───────────────────────────▶ in a turn ─────────────────────────────▶ listening
 * ```
 *
 * Time is counted in samples, so a stream gives the same turns however fast it comes. Only where no sound
 * comes at all, such as from a client that is muted, a timer ends the turn.
 *
 * @module
 */
import { toMono } from "../audio/channels.ts";
import { createResampler } from "../audio/resample.ts";
import type { Clock } from "../core/clock.ts";
import type { AudioFrame } from "../core/frame.ts";
import { BOT_VOICE_RATE, type BotVoice } from "./bot_voice.ts";
import { createEchoJudge, EARLY_SAMPLES, HEARD_SAMPLES, SAID_SAMPLES } from "./echo.ts";
import { createEndpointer } from "./endpointer.ts";
import type { ParsedTurnOptions } from "./options.ts";
import { createRecent } from "./recent.ts";
import { type OpenTurn, openTurn } from "./turn.ts";
import type { VadStream } from "./vad.ts";

/** What a {@link Listener} needs. */
export interface ListenerOptions {
  readonly options: ParsedTurnOptions;
  readonly stream: VadStream;
  /** Samples per second of what is heard, in Hz. */
  readonly sampleRate: number;
  /** What the bot says, if that is known. */
  readonly bot: BotVoice | undefined;
  readonly clock: Clock;
  /** Called with each turn as soon as it begins. */
  readonly begun: (turn: OpenTurn) => void;
}

/** Listens to one stream. */
export interface Listener {
  /** Takes the next sound. Await it before you pass more. */
  hear(frame: AudioFrame): Promise<void>;
  /** Ends the current turn, and stops listening. */
  end(): void;
}

/** Makes a listener. */
export function createListener(listening: ListenerOptions): Listener {
  const { options, stream, sampleRate, bot, clock, begun } = listening;
  const { startMs, stopMs, preRollMs, longestMs, patienceMs, finished } = options;
  const windowMs = stream.windowSize / stream.sampleRate * 1000;
  const resampler = createResampler(sampleRate, stream.sampleRate);
  const endpointer = createEndpointer({ ...options, windowMs });
  const recent = createRecent(sampleRate, startMs + preRollMs + 2 * windowMs);
  const isEcho = bot && options.echo ? createEchoFilter(bot, stream.sampleRate, clock) : undefined;
  const softest = 32_768 ** 2 * 10 ** (options.minLevelDb / 10);
  const window = new Int16Array(stream.windowSize);
  let filled = 0;
  /** The end of the last window, in ms since the stream began; likewise of the last voice. */
  let nowMs = 0;
  let lastVoiceMs = 0;
  let current: OpenTurn | undefined;
  let asked = false;
  let lastFrameAt = 0;
  let cancelTimer: (() => void) | undefined;
  let ended = false;

  const over = () => {
    current = undefined;
    cancelTimer?.();
    cancelTimer = undefined;
    endpointer.reset();
    recent.clear();
  };
  const end = (reason: "silence" | "longest" | "stopped") => {
    current?.end(reason);
    over();
  };
  /** Ends a turn in which no more sound arrives. */
  const watch = () => {
    const left = lastFrameAt + stopMs - clock.now();
    if (left <= 0) end("silence");
    else cancelTimer = clock.schedule(watch, left);
  };

  const begin = () => {
    const soundMs = endpointer.soundMs;
    const start = nowMs - soundMs;
    const { samples, fromMs } = recent.since(start - preRollMs);
    const interrupted = options.botSpeaking?.() ??
      bot?.speaking(timeOf(bot, clock) - soundMs) ?? false;
    lastVoiceMs = nowMs;
    asked = false;
    current = openTurn(
      { startMs: start, interrupted, sampleRate, heard: samples, heardFromMs: fromMs },
      () => lastVoiceMs,
    );
    watch();
    begun(current);
  };

  const ask = async (turn: OpenTurn) => {
    const about = lastVoiceMs;
    // If it cannot be judged, the user counts as finished: a bot that answers too soon is not deaf.
    const yes = await Promise.resolve(turn.soFar()).then(finished).catch(() => true);
    if (yes && turn === current && about === lastVoiceMs) end("silence");
  };

  const proceed = (turn: OpenTurn) => {
    if (turn.over) return over(); // dismissed
    const { silenceMs } = endpointer;
    if (silenceMs === 0) {
      lastVoiceMs = nowMs;
      asked = false;
    }
    if (silenceMs >= (finished ? patienceMs : stopMs)) end("silence");
    else if (nowMs - turn.turn.startMs >= longestMs) end("longest");
    else if (finished && silenceMs >= stopMs && !asked) {
      asked = true;
      void ask(turn);
    }
  };

  const judge = async () => {
    const answer = stream.confidence(window);
    const confidence = typeof answer === "number" ? answer : await answer;
    endpointer.push(powerOf(window) < softest ? 0 : confidence);
    nowMs += windowMs;
    if (ended) return;
    if (current) proceed(current);
    else if (endpointer.speech && !isEcho?.()) begin();
  };

  return {
    async hear({ samples, channels }) {
      if (ended) return;
      lastFrameAt = clock.now();
      const mono = toMono(samples, channels);
      if (current && !current.over) current.add(mono);
      recent.add(mono);
      const sound = resampler.process(mono);
      for (let at = 0; at < sound.length;) {
        const part = sound.subarray(at, at + window.length - filled);
        window.set(part, filled);
        filled += part.length;
        at += part.length;
        isEcho?.hear(part);
        if (filled < window.length) break;
        filled = 0;
        await judge();
      }
    },
    end() {
      ended = true;
      end("stopped");
      stream.close?.();
    },
  };
}

/** Tells whether the latest sound is the bot itself. */
interface EchoFilter {
  (): boolean;
  hear(samples: Int16Array): void;
}

function createEchoFilter(bot: BotVoice, sampleRate: number, clock: Clock): EchoFilter {
  const judge = createEchoJudge();
  const resampler = createResampler(sampleRate, BOT_VOICE_RATE);
  const heard = new Int16Array(HEARD_SAMPLES);
  const isEcho = () => {
    const now = timeOf(bot, clock);
    const said = bot.sound(now + EARLY_SAMPLES / BOT_VOICE_RATE * 1000, SAID_SAMPLES);
    return said !== undefined && judge.isEcho(now, heard, said);
  };
  const hear = (samples: Int16Array) => {
    const sound = resampler.process(samples);
    heard.copyWithin(0, sound.length);
    heard.set(sound, heard.length - sound.length);
  };
  return Object.assign(isEcho, { hear });
}

/** The time on the transport's clock, which a test may speed up. */
function timeOf(bot: BotVoice, clock: Clock): number {
  return bot.userHeardAt ?? clock.now();
}

function powerOf(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum / samples.length;
}

/**
 * How turns are detected, and how these options are parsed.
 *
 * @module
 */
import type { AudioFrame } from "../core/frame.ts";
import { badOption, flag, option, type OptionParser, type OptionParsers } from "../core/options.ts";
import { functionOf, objectWith, parseSpelledOptions } from "../core/spelled_options.ts";
import { builtInVad } from "./built_in.ts";
import type { Vad } from "./vad.ts";

/** How turns are detected; every option has a default. */
export interface TurnOptions {
  /** The detector that tells voices from other sounds. Default: {@link builtInVad}. */
  readonly vad?: Vad;
  /**
   * The stretch over which speech begins, in ms: a turn begins when the detector has been sure
   * enough over it, on average. From 20 to 2000. Default: 160, of which about half must be voice.
   */
  readonly startMs?: number;
  /**
   * Silence that ends a turn, in ms. From 50 to 10 000. Default: 640; with `finished`, 200 is enough.
   */
  readonly stopMs?: number;
  /** How sure the detector must be, from 0 to 1. Default: 0.5. */
  readonly confidence?: number;
  /** Softer sound is ignored, in dB below full scale, from -90 to 0. Default: -55. */
  readonly minLevelDb?: number;
  /** Sound before the first word that belongs to the turn, in ms, from 0 to 2000. Default: 300. */
  readonly preRollMs?: number;
  /** The longest turn, in ms, from 1000 to 600 000. Default: 60 000, or 2 MB at 16 kHz. */
  readonly longestMs?: number;
  /**
   * Decides whether the user has finished, from everything said in the turn: asked once in each
   * silence of `stopMs`, for example with a model such as Smart Turn. If not, the turn goes on. If
   * the user speaks while it decides, its answer does not count; if it fails, the user has
   * finished. Default: silence is enough.
   */
  readonly finished?: (said: AudioFrame) => boolean | Promise<boolean>;
  /** Silence that ends a turn whatever `finished` says, in ms, up to 60 000. Default: 3000. */
  readonly patienceMs?: number;
  /** Whether to tell the bot's own voice in the microphone from the user's. Default: true. */
  readonly echo?: boolean;
  /**
   * Tells whether the bot is speaking, if there is no transport to do so. Default: the transport
   * does.
   */
  readonly botSpeaking?: () => boolean;
  /** Ends listening, and the loop, when it aborts. Default: when the call ends. */
  readonly signal?: AbortSignal;
}

/** Options with their defaults. */
export type ParsedTurnOptions =
  & Required<Omit<TurnOptions, "finished" | "botSpeaking" | "signal">>
  & Pick<TurnOptions, "finished" | "botSpeaking" | "signal">;

const DEFAULTS = {
  vad: builtInVad,
  startMs: 160,
  stopMs: 640,
  confidence: 0.5,
  minLevelDb: -55,
  preRollMs: 300,
  longestMs: 60_000,
  patienceMs: 3000,
  echo: true,
};

const PARSERS: OptionParsers<TurnOptions> = {
  vad: objectWith<Vad>("a Vad, such as builtInVad or what silero() returns", "open"),
  startMs: between(20, 2000, "ms"),
  stopMs: between(50, 10_000, "ms"),
  confidence: between(0, 1),
  minLevelDb: between(-90, 0, "dB"),
  preRollMs: between(0, 2000, "ms"),
  longestMs: between(1000, 600_000, "ms"),
  finished: functionOf("a function of what was said"),
  patienceMs: between(50, 60_000, "ms"),
  echo: flag,
  botSpeaking: functionOf("a function"),
  signal: objectWith<AbortSignal>("an AbortSignal", "addEventListener", "throwIfAborted"),
};

/**
 * Parses options, and adds the defaults.
 *
 * @throws {RunnerError} `bad_option` for the first wrong or unknown option.
 */
export function parseTurnOptions(options: TurnOptions): ParsedTurnOptions {
  const parsed = { ...DEFAULTS, ...parseSpelledOptions(PARSERS, options) };
  if (parsed.finished && parsed.patienceMs < parsed.stopMs) {
    throw badOption("patienceMs", "at least stopMs", parsed.patienceMs);
  }
  return parsed;
}

function between(from: number, to: number, unit?: string): OptionParser<number> {
  return option(
    `a number from ${from} to ${to}${unit ? ` ${unit}` : ""}`,
    (value): value is number => typeof value === "number" && value >= from && value <= to,
  );
}

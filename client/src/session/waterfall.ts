import type { LoggedMessage } from "./happenings.ts";
import type { Turn } from "./turns.ts";
import { firstAt } from "./sorted.ts";

/** What time passes with, from the user's last sound to the bot's first. */
export const PARTS = [
  "Turn detection",
  "Transcription",
  "Model",
  "Function",
  "Voice",
  "Delivery",
  "Unknown",
] as const;

/** One of them. */
export type PartName = typeof PARTS[number];

/** People begin to notice a pause at about this length, in ms. */
export const NOTICED_MS = 800;

/** A part of a turn; times are in ms since the call began. */
export interface Part {
  readonly name: PartName;
  readonly from: number;
  readonly to: number;
}

/** A turn, and what its time passed with. */
export interface Waterfall extends Turn {
  /** One after the other, without a hole. */
  readonly parts: readonly Part[];
}

/** What comes to an end with a message from the bot. */
const ENDS: Readonly<Record<string, PartName>> = {
  "user-stopped-speaking": "Turn detection",
  "user-transcription": "Transcription",
  "user-input": "Transcription",
  "bot-llm-text": "Model",
  "bot-tts-started": "Model",
  "llm-function-call-in-progress": "Model",
  "llm-function-call-stopped": "Function",
  "bot-started-speaking": "Voice",
};

/** Says of each turn what its time passed with, as far as the bot's messages tell. */
export function waterfalls(
  turns: readonly Turn[],
  messages: readonly LoggedMessage[],
): readonly Waterfall[] {
  return turns.map((turn) => {
    const heard = turn.at + turn.latencyMs;
    const parts: Part[] = [];
    let from = turn.at;
    let spoken = false;
    for (let i = firstAt(messages, turn.at, ({ ms }) => ms); i < messages.length; i++) {
      const { ms, direction, type, data } = messages[i]!;
      if (ms > heard || spoken) break;
      const name = direction === "in" ? ENDS[type] : undefined;
      if (!name || ms <= from) continue;
      if (type === "user-transcription" && !isFinal(data)) continue;
      // What comes again, such as each word of a model, is no part of its own.
      if (parts.some((part) => part.name === name) && name !== "Function") continue;
      parts.push({ name, from, to: ms });
      from = ms;
      spoken = type === "bot-started-speaking";
    }
    if (from < heard) {
      const name = parts.length === 0 ? "Unknown" : "Delivery";
      parts.push({ name, from, to: heard });
    }
    return { ...turn, parts };
  });
}

function isFinal(data: unknown): boolean {
  return typeof data === "object" && data !== null && "final" in data && data.final === true;
}

/** What a service has used: tokens of a model, characters of a voice. */
export interface Usage {
  readonly service: string;
  readonly unit: "tokens" | "characters";
  readonly count: number;
}

/** Adds up the usage that the bot's `metrics` tell of. */
export function usageIn(messages: readonly LoggedMessage[]): readonly Usage[] {
  const sums = new Map<string, Usage>();
  const add = (unit: Usage["unit"], { processor, model }: Entry, value: unknown): void => {
    if (typeof value !== "number" || !Number.isFinite(value)) return;
    const service = [processor, model].filter((name) => typeof name === "string" && name).join(" ");
    const key = `${unit} ${service}`;
    sums.set(key, { service, unit, count: (sums.get(key)?.count ?? 0) + value });
  };
  for (const { direction, type, data } of messages) {
    if (direction !== "in" || type !== "metrics") continue;
    const { tokens, characters } = (data ?? {}) as Metrics;
    for (const entry of listOf(tokens)) add("tokens", entry, tokensOf(entry));
    for (const entry of listOf(characters)) add("characters", entry, entry.value);
  }
  return [...sums.values()];
}

interface Metrics {
  readonly tokens?: unknown;
  readonly characters?: unknown;
}

type Entry = Readonly<Record<string, unknown>>;

function listOf(value: unknown): readonly Entry[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "object" && entry) : [];
}

function tokensOf(
  { value, total_tokens: total, prompt_tokens: prompt, completion_tokens: rest }: Entry,
): unknown {
  if (total !== undefined) return total;
  if (typeof prompt === "number" && typeof rest === "number") return prompt + rest;
  return typeof value === "object" && value !== null ? tokensOf(value as Entry) : value;
}

/** The value below which so many percent of the values are; undefined without any. */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const place = (sorted.length - 1) * percent / 100;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) return undefined;
  return Math.round(low + (high - low) * (place % 1));
}

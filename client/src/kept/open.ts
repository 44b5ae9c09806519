import * as z from "zod/mini";
import type { CallFile } from "../../../src/recording/call_file.ts";
import { callFileSchema } from "../../../src/recording/call_file_schema.ts";
import { loudnessOf, STEP_MS } from "../audio/loudness.ts";
import { type Conversation, hear, SILENCE, tool, typed } from "../session/conversation.ts";
import type { LoggedMessage, Moment } from "../session/happenings.ts";
import type { CallRecord, Loudness, Sound } from "../session/record.ts";
import { outcomeSentence } from "../session/sentences.ts";
import { createTurnFinder, type Speech, type Turn } from "../session/turns.ts";
import { NO_CALL } from "../session/view.ts";
import { decoded } from "./decode.ts";

const time = z.number();
/** What only the page writes. */
const pageSchema = z.object({
  conversation: z.object({
    count: z.number(),
    lines: z.array(z.object({
      key: z.number(),
      at: time,
      speaker: z.enum(["bot", "user", "tool", "error"]),
      text: z.string(),
      rest: z.string(),
      final: z.boolean(),
      unsaid: z.optional(z.string()),
      call: z.optional(z.object({
        state: z.enum(["running", "done", "cancelled"]),
        args: z.optional(z.unknown()),
        result: z.optional(z.unknown()),
      })),
    })),
  }),
  phases: z.array(z.object({ name: z.string(), from: time, to: z.optional(time) })),
  turns: z.array(z.object({ number: z.number(), at: time, latencyMs: time })),
  quality: z.array(z.object({
    at: time,
    roundTripMs: z.optional(time),
    jitterMs: z.optional(time),
    lossPercent: z.optional(z.number()),
    received: z.optional(z.number()),
    sent: z.optional(z.number()),
    queuedMs: z.optional(time),
  })),
  path: z.optional(z.string()),
  ending: z.optional(z.object({
    sentence: z.string(),
    advice: z.optional(z.string()),
    failed: z.boolean(),
  })),
  loudness: z.object({
    from: time,
    stepMs: z.literal(STEP_MS),
    user: z.array(z.number()),
    bot: z.array(z.number()),
  }),
});

/** A file that is no call. */
export class NoCallError extends Error {}

/**
 * Parses a call file, the page's or the runner's.
 *
 * @throws {NoCallError} For one that is neither.
 */
export function parseCallFile(text: string): CallFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NoCallError("This file is not JSON, so it is not a call.");
  }
  const { success, data, error } = z.safeParse(callFileSchema, value);
  if (success) return data;
  const [issue] = error.issues;
  const place = issue?.path.join(".") ?? "";
  throw new NoCallError(
    `This file is not a call: ${place === "" ? "" : `${place}: `}${issue?.message}`,
  );
}

/** The record of a call file, with its sound where that is there. */
export async function openCallFile(file: CallFile, blob: Blob | undefined): Promise<CallRecord> {
  const page = z.safeParse(pageSchema, file.page).data;
  const sound = blob && { blob, from: file.audio?.fromMs ?? 0 };
  const loudness = page?.loudness ?? await loudnessIn(sound);
  const startedAt = new Date(file.session.startedAt);
  const messages = file.messages.map(({ ms, from, type, data }, key): LoggedMessage => ({
    key,
    ms,
    at: new Date(startedAt.getTime() + ms),
    direction: from === "bot" ? "in" : "out",
    type,
    data,
  }));
  const moments = file.events.flatMap(({ ms: at, kind, label = kind }, index): Moment[] =>
    kind === "speech" || kind === "cut" || kind === "end"
      ? []
      : [{ key: messages.length + index, at, kind, label }]
  );
  const speeches = file.events.flatMap(({ ms: from, kind, side, durationMs = 0 }): Speech[] =>
    kind === "speech" && side ? [{ side, from, to: from + durationMs }] : []
  );
  const { outcome } = file.session;
  const view = {
    ...NO_CALL,
    sessionId: file.session.id,
    startedAt,
    endedAt: file.session.durationMs,
    ending: page?.ending ??
      { sentence: outcomeSentence(outcome), failed: outcome === "failed" },
    conversation: page?.conversation ?? conversationOf(messages),
    messages,
    moments: moments.toSorted((one, other) => one.at - other.at),
    speeches,
    turns: page?.turns ?? turnsOf(loudness),
    phases: page?.phases ?? [],
    quality: page?.quality ?? [],
    path: page?.path,
  };
  return {
    get: () => view,
    loudness,
    lost: blob || !file.audio ? "" : "The sound of this call is in a separate file.",
    file: () => Promise.resolve(file),
    sound: () => Promise.resolve(sound),
    async wav() {
      if (!blob || blob.type === "audio/wav") return blob;
      const [{ wavFile }, { blocks, sampleRate }] = await Promise.all([
        import("../audio/wav.ts"),
        decoded(blob),
      ]);
      return wavFile({ blocks, sampleRate });
    },
  };
}

function conversationOf(messages: readonly LoggedMessage[]): Conversation {
  return messages.reduce((talk, { direction, type, data, ms }) => {
    if (direction === "in") return tool(hear(talk, type, data, ms), type, data, ms);
    const { content } = (data ?? {}) as { readonly content?: unknown };
    return type === "send-text" && typeof content === "string" ? typed(talk, content, ms) : talk;
  }, SILENCE);
}

async function loudnessIn(sound: Sound | undefined): Promise<Loudness> {
  const loudness: Loudness = { from: sound?.from ?? 0, user: [], bot: [] };
  if (!sound) return loudness;
  for (const block of (await decoded(sound.blob)).blocks) {
    const half = block.length / 2;
    loudness.user.push(loudnessOf(block.subarray(0, half)));
    loudness.bot.push(loudnessOf(block.subarray(half)));
  }
  return loudness;
}

function turnsOf({ from, user, bot }: Loudness): readonly Turn[] {
  const finder = createTurnFinder();
  return user.flatMap((loud, step) => {
    const at = from + (step + 1) * STEP_MS;
    const heard = [finder.push("user", loud, at), finder.push("bot", bot[step] ?? 0, at)];
    return heard.flatMap((one) => one?.turn ?? []);
  });
}

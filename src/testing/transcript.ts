/**
 * What was said in a call, as the bot tells its client over RTVI.
 *
 * @module
 */
import * as z from "../core/zod.ts";

/** Something that was said. */
export interface TranscriptLine {
  /** Who said it. */
  readonly from: "user" | "bot";
  /** The bot's text as far as it was heard. */
  readonly text: string;
  /** When it was first reported, in ms since the stream was opened. */
  readonly ms: number;
}

/** A tool that the bot used. */
export interface ToolUse {
  /** The name of its function. */
  readonly name: string;
  /** What it was called with. */
  readonly args: Readonly<Record<string, unknown>>;
  /** When it was reported, in ms since the stream was opened. */
  readonly ms: number;
}

/** Collects what the messages of one call say. */
export interface Transcript {
  readonly lines: readonly TranscriptLine[];
  readonly tools: readonly ToolUse[];
  /** Takes a message of the bot, RTVI or other, and its arrival time, in ms. */
  hear(message: unknown, ms: number): void;
}

const MOST_LINES = 10_000;

const said = z.object({ text: z.string(), final: z.boolean() });
const message = z.discriminatedUnion("type", [
  z.object({ type: z.literal("user-input"), data: said }),
  z.object({ type: z.literal("user-transcription"), data: said }),
  z.object({ type: z.literal("bot-transcription"), data: z.object({ text: z.string() }) }),
  z.object({
    type: z.literal("bot-output"),
    data: z.object({
      text: z.string(),
      segment_id: z.union([z.string(), z.number()]),
      spoken_status: z.optional(z.string()),
      spoken_progress: z.optional(z.object({ accumulated_text: z.string() })),
    }),
  }),
  z.object({
    type: z.literal("llm-function-call-in-progress"),
    data: z.object({
      function_name: z.optional(z.string()),
      arguments: z.optional(z.looseObject({})),
    }),
  }),
]);

/** Makes an empty transcript. It keeps 10 000 lines and tools. */
export function createTranscript(): Transcript {
  const lines: TranscriptLine[] = [];
  const tools: ToolUse[] = [];
  /** Where the lines of the bot's segments are. */
  const segments = new Map<string | number, number>();
  /** Whether the bot also sends in newer messages what the older ones say. */
  const newer = { user: false, bot: false };

  const add = (from: TranscriptLine["from"], text: string, ms: number) => {
    if (lines.length < MOST_LINES) lines.push({ from, text, ms });
  };
  return {
    lines,
    tools,
    hear(value, ms) {
      const parsed = message.safeParse(value).data;
      switch (parsed?.type) {
        case undefined:
          return;
        case "user-input":
          newer.user = true;
          if (parsed.data.final) add("user", parsed.data.text, ms);
          return;
        case "user-transcription":
          if (!newer.user && parsed.data.final) add("user", parsed.data.text, ms);
          return;
        case "bot-transcription":
          if (!newer.bot) add("bot", parsed.data.text, ms);
          return;
        case "bot-output": {
          newer.bot = true;
          const { text, segment_id: segment, spoken_status: status, spoken_progress } = parsed.data;
          const heard = status === "completed" ? text : spoken_progress?.accumulated_text ?? text;
          const place = segments.get(segment);
          const line = place === undefined ? undefined : lines[place];
          if (place !== undefined && line) lines[place] = { ...line, text: heard };
          else {
            segments.set(segment, lines.length);
            add("bot", heard, ms);
          }
          return;
        }
        case "llm-function-call-in-progress": {
          const { function_name: name = "", arguments: args = {} } = parsed.data;
          if (tools.length < MOST_LINES) tools.push({ name, args, ms });
          return;
        }
        default:
          return parsed satisfies never;
      }
    },
  };
}

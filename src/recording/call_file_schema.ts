/**
 * Parses the file that describes one call. It is separate from the types, which the page shares.
 *
 * @module
 */
import * as z from "../core/zod.ts";
import type { Schema } from "../core/shape.ts";
import { CALL_FILE_VERSION, type CallFile } from "./call_file.ts";

const side = z.enum(["user", "bot"]);
const time = z.number().check(z.gte(0));

/** Parses a call file of the runner or the page; unknown fields are left out. */
export const callFileSchema: Schema<CallFile> = z.object({
  version: z.literal(CALL_FILE_VERSION),
  session: z.object({
    id: z.optional(z.string()),
    transport: z.string(),
    startedAt: z.iso.datetime(),
    durationMs: time,
    outcome: z.optional(z.string()),
    from: z.optional(z.string()),
    to: z.optional(z.string()),
  }),
  audio: z.optional(z.object({
    file: z.string(),
    sampleRate: z.number().check(z.positive()),
    fromMs: z.optional(time),
  })),
  messages: z.array(z.object({
    ms: time,
    from: side,
    type: z.string(),
    data: z.optional(z.unknown()),
  })),
  events: z.array(z.object({
    ms: time,
    kind: z.enum([
      "speech",
      "interrupted",
      "key",
      "mark",
      "clear",
      "tool",
      "warning",
      "broken",
      "cut",
      "end",
    ]),
    side: z.optional(side),
    durationMs: z.optional(time),
    label: z.optional(z.string()),
  })),
  page: z.optional(z.unknown()),
});

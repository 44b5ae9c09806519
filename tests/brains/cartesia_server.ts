/**
 * A stand-in for Cartesia's speech synthesis over WebSocket: it takes and refuses what that does, and
 * speaks in chirps, each context from its first millisecond on.
 *
 * @see https://docs.cartesia.ai/api-reference/tts/websocket
 * @module
 */
import type { WebsocketResponse } from "npm:@cartesia/cartesia-js@4.2.0/resources/tts";
import { z } from "zod";
import { speak, toBase64 } from "./speech.ts";
import { serveStandIn, type StandIn, type WireListener, type WireSession } from "./stand_in.ts";
import { WORD_MS } from "./story.ts";

const cancel = z.strictObject({ context_id: z.string(), cancel: z.literal(true) });
const generation = z.strictObject({
  model_id: z.string().regex(/^sonic-/),
  transcript: z.string(),
  voice: z.strictObject({ mode: z.literal("id"), id: z.uuid() }),
  output_format: z.strictObject({
    container: z.literal("raw"),
    encoding: z.literal("pcm_s16le"),
    sample_rate: z.union([8000, 16_000, 22_050, 24_000, 44_100, 48_000].map((hz) => z.literal(hz))),
  }),
  language: z.string().optional(),
  context_id: z.string().regex(/^[\w-]+$/),
  continue: z.boolean().optional(),
  flush: z.boolean().optional(),
  max_buffer_delay_ms: z.int().min(0).max(5000).optional(),
  add_timestamps: z.boolean().optional(),
});
type Generation = z.infer<typeof generation>;

/** Serves the API to those who have the key. */
export function cartesiaServer(apiKey: string): StandIn {
  const refusals: string[] = [];
  const refuse = (status: number, message: string): Response => {
    refusals.push(message);
    return new Response(message, { status });
  };
  return serveStandIn({
    refusals,
    answer(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== "/tts/websocket") return refuse(404, "Not found");
      const { headers } = request;
      const version = searchParams.get("cartesia_version") ?? headers.get("cartesia-version");
      if (!/^\d{4}-\d\d-\d\d$/.test(version ?? "")) return refuse(400, "Missing API version");
      const key = searchParams.get("api_key") ?? headers.get("x-api-key");
      if (key !== apiKey) return refuse(401, "Invalid API key");
    },
    connect: (wire) => openConnection(wire, (message) => refusals.push(message)),
  });
}

/** A context: one utterance, whose text may come in parts. */
interface Context {
  readonly begun: Generation;
  /** What of its text is not said yet. */
  waiting: string;
  /** How much is said, in words. */
  words: number;
  /** No text follows. */
  complete: boolean;
  readonly cancel: AbortController;
  /** Text has come, or no more comes. */
  wake: () => void;
}

function openConnection(wire: WireSession, refused: (message: string) => void): WireListener {
  const contexts = new Map<string, Context>();
  /** Contexts that are over: done, or cancelled. */
  const over = new Set<string>();
  const send = (message: WebsocketResponse) => wire.send(message);
  const refuse = (context_id: string, message: string) => {
    refused(message);
    wire.send({
      type: "error",
      title: "Invalid request",
      message,
      error_code: "invalid_request",
      status_code: 400,
      done: true,
      context_id,
    });
  };

  const run = async (context_id: string, context: Context) => {
    const { signal } = context.cancel;
    const { output_format: { sample_rate }, add_timestamps } = context.begun;
    const about = { context_id, status_code: 206 };
    while (!signal.aborted) {
      const words = context.waiting.split(" ").filter((word) => word !== "");
      context.waiting = "";
      if (words.length > 0) {
        const from = context.words * WORD_MS;
        context.words += words.length;
        const until = context.words * WORD_MS;
        if (add_timestamps) {
          const start = words.map((_, i) => (from + i * WORD_MS) / 1000);
          const end = start.map((at) => at + WORD_MS / 1000);
          const word_timestamps = { words, start, end };
          send({ type: "timestamps", done: false, ...about, word_timestamps });
        }
        for await (const samples of speak({ fromMs: from, toMs: until }, sample_rate, signal)) {
          send({ type: "chunk", done: false, step_time: 20, ...about, data: toBase64(samples) });
        }
        continue;
      }
      if (context.complete) break;
      await new Promise<void>((resolve) => context.wake = resolve);
    }
    contexts.delete(context_id);
    over.add(context_id);
    if (!signal.aborted) send({ type: "done", done: true, ...about });
  };

  const generate = (request: Generation) => {
    const { context_id, transcript } = request;
    if (over.has(context_id)) return refuse(context_id, `Context ${context_id} is over.`);
    let context = contexts.get(context_id);
    if (context && !alike(context.begun, request)) {
      return refuse(
        context_id,
        "Inputs of one context must agree in all but transcript and continue.",
      );
    }
    if (context?.complete) return refuse(context_id, "The context takes no more inputs.");
    const isNew = context === undefined;
    if (isNew && transcript === "") return refuse(context_id, "The transcript is empty.");
    context ??= {
      begun: request,
      waiting: "",
      words: 0,
      complete: false,
      cancel: new AbortController(),
      wake: () => {},
    };
    context.waiting += transcript;
    context.complete = request.continue !== true;
    context.wake();
    if (!isNew) return;
    contexts.set(context_id, context);
    void run(context_id, context);
  };

  const end = (context: Context | undefined) => {
    context?.cancel.abort();
    context?.wake();
  };
  return {
    receive(message) {
      if (typeof message !== "string") return refuse("", "Binary messages are not supported.");
      const json: unknown = JSON.parse(message);
      const cancelled = cancel.safeParse(json).data;
      if (cancelled) return end(contexts.get(cancelled.context_id));
      const { success, data, error } = generation.safeParse(json);
      if (success) generate(data);
      else refuse("", z.prettifyError(error));
    },
    gone: () => contexts.forEach(end),
  };
}

/** Whether two inputs of one context agree in all that must not change. */
function alike(one: Generation, other: Generation): boolean {
  const fixed = ({ transcript: _, continue: __, flush: ___, ...rest }: Generation) =>
    JSON.stringify(rest);
  return fixed(one) === fixed(other);
}

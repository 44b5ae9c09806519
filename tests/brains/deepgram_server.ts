/**
 * A stand-in for Deepgram's streaming recognition (listen v1) over WebSocket: it takes and refuses what
 * that does, hears by loudness, and understands what the story says.
 *
 * @see https://developers.deepgram.com/reference/speech-to-text/listen-streaming
 * @module
 */
import type { Deepgram } from "npm:@deepgram/sdk@5.13.0";
import { z } from "zod";
import { fromPcm } from "./speech.ts";
import {
  arrivals,
  serveStandIn,
  type StandIn,
  type WireListener,
  type WireSession,
} from "./stand_in.ts";
import { STORY } from "./story.ts";
import { voiceActivity } from "./voice_activity.ts";

const flag = z.enum(["true", "false"]).optional();
/** The parameters of the address. */
const parameters = z.object({
  model: z.enum(["nova-3", "nova-3-general", "nova-2", "nova-2-phonecall"]),
  encoding: z.literal("linear16"),
  sample_rate: z.coerce.number().int().min(8000).max(48_000),
  channels: z.literal("1").optional(),
  language: z.string().optional(),
  endpointing: z.union([z.literal("false"), z.coerce.number().int().min(1)]).optional(),
  interim_results: flag,
  vad_events: flag,
  smart_format: flag,
  punctuate: flag,
  utterance_end_ms: z.coerce.number().int().min(1000).optional(),
});
type Parameters = z.infer<typeof parameters>;
/** Messages in text; sound comes in bytes. */
const control = z.strictObject({ type: z.enum(["KeepAlive", "Finalize", "CloseStream"]) });

/** A connection on which nothing comes is closed after so long, in ms. */
const IDLE_MS = 10_000;

/** One bot's connection. */
export interface DeepgramSession {
  readonly parameters: Parameters;
  /** Resolves when the bot has closed it. */
  readonly closed: Promise<void>;
}

/** The stand-in. */
export interface DeepgramServer extends StandIn {
  /** The next connection that a bot opens. */
  readonly nextSession: () => Promise<DeepgramSession>;
}

/** Serves the API to those who have the key. */
export function deepgramServer(apiKey: string): DeepgramServer {
  const refusals: string[] = [];
  const sessions = arrivals<DeepgramSession>();
  const refuse = (status: number, err_code: string, err_msg: string): Response => {
    refusals.push(err_msg);
    return Response.json({ err_code, err_msg, request_id: crypto.randomUUID() }, { status });
  };
  const server = serveStandIn({
    refusals,
    answer(request) {
      const url = new URL(request.url);
      if (url.pathname !== "/v1/listen") return refuse(404, "NOT_FOUND", "Not found.");
      if (keyOf(request) !== apiKey) return refuse(401, "INVALID_AUTH", "Invalid credentials.");
      const { error } = parameters.safeParse(Object.fromEntries(url.searchParams));
      if (error) return refuse(400, "Bad Request", z.prettifyError(error));
    },
    // A key in the subprotocol is agreed on by its kind.
    protocol: (request) => request.headers.has("sec-websocket-protocol") ? "token" : undefined,
    connect(wire, request) {
      const given = parameters.parse(Object.fromEntries(new URL(request.url).searchParams));
      const { session, listener } = openSession(wire, given, (message) => refusals.push(message));
      sessions.push(session);
      return listener;
    },
  });
  return { ...server, nextSession: sessions.next };
}

function keyOf(request: Request): string | undefined {
  const [kind, key] = request.headers.get("sec-websocket-protocol")?.split(/, */) ?? [];
  if (kind === "token") return key;
  return request.headers.get("authorization")?.replace(/^Token /, "");
}

function openSession(
  wire: WireSession,
  given: Parameters,
  refused: (message: string) => void,
): { readonly session: DeepgramSession; readonly listener: WireListener } {
  const { promise: closed, resolve: gone } = Promise.withResolvers<void>();
  const turns = [...STORY];
  const { sample_rate, endpointing = 10 } = given;
  const send = (
    message:
      | Deepgram.listen.ListenV1Results
      | Deepgram.listen.ListenV1SpeechStarted
      | Deepgram.listen.ListenV1Metadata,
  ) => wire.send(message);

  const results = (transcript: string, start: number, final: boolean) =>
    send({
      type: "Results",
      channel_index: [0, 1],
      start,
      duration: 0.5,
      is_final: final,
      speech_final: final,
      channel: { alternatives: [{ transcript, confidence: 0.99, words: [] }] },
      metadata: {
        request_id: "r1",
        model_uuid: "m1",
        model_info: { name: given.model, version: "1", arch: "nova" },
      },
    });
  let begunAt = 0;
  const hear = voiceActivity({
    sampleRate: sample_rate,
    silenceMs: endpointing === "false" ? 10_000 : endpointing,
    started(ms) {
      begunAt = ms / 1000;
      if (given.vad_events === "true") {
        send({ type: "SpeechStarted", channel: [0, 1], timestamp: begunAt });
      }
      const [first = ""] = turns[0]?.said.split(" ") ?? [];
      if (given.interim_results === "true") results(first, begunAt, false);
    },
    stopped: () => results(turns.shift()?.said ?? "", begunAt, true),
  });

  const close = (code: number, reason: string) => {
    refused(reason);
    wire.close(code, reason);
  };
  let idle: ReturnType<typeof setTimeout> | undefined;
  const awake = () => {
    clearTimeout(idle);
    idle = setTimeout(() => close(1011, "NET-0001"), IDLE_MS);
  };
  awake();
  return {
    session: { parameters: given, closed },
    listener: {
      receive(message) {
        awake();
        if (typeof message !== "string") {
          if (message.byteLength === 0) return close(1008, "DATA-0000");
          return hear(fromPcm(message));
        }
        const { data } = control.safeParse(JSON.parse(message));
        if (!data) return close(1008, "DATA-0000");
        if (data.type === "CloseStream") wire.close(1000, "");
      },
      gone() {
        clearTimeout(idle);
        gone();
      },
    },
  };
}

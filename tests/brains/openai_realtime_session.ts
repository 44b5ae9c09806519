/**
 * One session of the stand-in for OpenAI's Realtime API, as the API's own events tell it.
 *
 * @module
 */
import type { RealtimeServerEvent } from "npm:openai@7.59.0/resources/realtime/realtime";
import { type ClientEvent, clientEvent, type SessionConfig } from "./openai_realtime_messages.ts";
import { fromPcm, speak, toBase64 } from "./speech.ts";
import type { WireListener, WireSession } from "./stand_in.ts";
import { durationOf, STORY, type StoryTurn, wordsBetween } from "./story.ts";
import { voiceActivity } from "./voice_activity.ts";

/** Samples per second, either way, in Hz. */
const RATE = 24_000;

/** One bot's session. */
export interface OpenAIRealtimeSession {
  /** What the bot has configured. */
  readonly config: SessionConfig | undefined;
  /** The results of tools, in order. */
  readonly toolResults: readonly string[];
  /** What the bot said was heard of an answer that was interrupted, in ms, in order. */
  readonly truncations: readonly number[];
}

/** Something that the API refuses. */
class Refusal extends Error {
  readonly code: string;
  readonly param: string | null;

  constructor(message: string, code: string, param: string | null = null) {
    super(message);
    this.code = code;
    this.param = param;
  }
}

/** An event of the server without its id. */
type Unsent = RealtimeServerEvent extends infer Event
  ? Event extends RealtimeServerEvent ? Omit<Event, "event_id"> : never
  : never;

/** Begins a session. */
export function openSession(
  wire: WireSession,
  model: string,
  refused: (message: string) => void,
): { readonly session: OpenAIRealtimeSession; readonly listener: WireListener } {
  let config: SessionConfig | undefined;
  const toolResults: string[] = [];
  const truncations: number[] = [];
  /** How much of each assistant's message was sent, in ms. */
  const spoken = new Map<string, number>();
  /** Calls of tools that have no result yet. */
  const calls = new Set<string>();
  const turns = [...STORY];
  /** The turn that the user has ended and the model has not finished. */
  let turn: StoryTurn | undefined;
  let response: { readonly id: string; readonly cancel: AbortController } | undefined;
  let count = 0;
  const id = (prefix: string) => `${prefix}_${++count}`;
  const send = (event: Unsent) => wire.send({ event_id: id("event"), ...event });

  let utterance = "";
  let hear = (_samples: Int16Array): void => {};
  const listen = () => {
    const detection = config?.audio?.input?.turn_detection;
    if (detection === null) return;
    const silenceMs = detection?.type === "server_vad" ? detection.silence_duration_ms : undefined;
    hear = voiceActivity({
      sampleRate: RATE,
      silenceMs: silenceMs ?? 500,
      started(ms) {
        utterance = id("item");
        send({
          type: "input_audio_buffer.speech_started",
          item_id: utterance,
          audio_start_ms: ms,
        });
        if (detection?.interrupt_response !== false) response?.cancel.abort();
      },
      stopped(ms) {
        send({ type: "input_audio_buffer.speech_stopped", item_id: utterance, audio_end_ms: ms });
        commit();
        if (detection?.create_response !== false) void respond();
      },
    });
  };

  /** Tells of an item that has come whole. */
  const tell = (item: object) => {
    for (const type of ["conversation.item.added", "conversation.item.done"]) {
      wire.send({ event_id: id("event"), type, previous_item_id: null, item });
    }
  };

  const commit = () => {
    turn = turns.shift();
    const item_id = utterance;
    send({ type: "input_audio_buffer.committed", item_id, previous_item_id: null });
    const item = {
      id: item_id,
      object: "realtime.item",
      type: "message",
      role: "user",
      status: "completed",
      content: [{ type: "input_audio", transcript: null }],
    };
    tell(item);
    if (!config?.audio?.input?.transcription) return;
    send({
      type: "conversation.item.input_audio_transcription.completed",
      item_id,
      content_index: 0,
      transcript: turn?.said ?? "",
      usage: { type: "duration", seconds: 1 },
    });
  };

  /** Answers the turn, with a call of its tool before anything else. */
  const respond = async (metadata?: Readonly<Record<string, string>>): Promise<void> => {
    if (response) {
      throw new Refusal(
        "Conversation already has an active response in progress.",
        "conversation_already_has_active_response",
      );
    }
    const current = response = { id: id("resp"), cancel: new AbortController() };
    const about = {
      id: current.id,
      object: "realtime.response" as const,
      metadata: metadata ?? null,
    };
    send({ type: "response.created", response: { ...about, status: "in_progress" } });
    const { tool } = turn ?? {};
    const offered = config?.tools?.some(({ name }) => name === tool?.name);
    if (tool && offered) {
      turn = turn && { said: turn.said, answer: turn.answer };
      callTool(current.id, tool);
    } else if (turn) await say(current.id, turn.answer, current.cancel.signal);
    response = undefined;
    const cancelled = current.cancel.signal.aborted;
    send({
      type: "response.done",
      response: {
        ...about,
        status: cancelled ? "cancelled" : "completed",
        ...(cancelled
          ? { status_details: { type: "cancelled", reason: "turn_detected" } as const }
          : {}),
      },
    });
  };

  const callTool = (response_id: string, tool: NonNullable<StoryTurn["tool"]>) => {
    const [item_id, call_id] = [id("item"), id("call")];
    const { name } = tool;
    const text = JSON.stringify(tool.arguments);
    const item = {
      id: item_id,
      object: "realtime.item",
      type: "function_call",
      name,
      call_id,
    } as const;
    const begun = { ...item, status: "in_progress", arguments: "" } as const;
    const done = { ...item, status: "completed", arguments: text } as const;
    calls.add(call_id);
    const at = { response_id, item_id, output_index: 0, call_id };
    send({ type: "response.output_item.added", response_id, output_index: 0, item: begun });
    send({ type: "conversation.item.added", previous_item_id: null, item: begun });
    send({ type: "response.function_call_arguments.delta", ...at, delta: text });
    send({ type: "response.function_call_arguments.done", ...at, name, arguments: text });
    send({ type: "response.output_item.done", response_id, output_index: 0, item: done });
    send({ type: "conversation.item.done", previous_item_id: null, item: done });
  };

  const say = async (response_id: string, answer: string, signal: AbortSignal) => {
    const item_id = id("item");
    const item = (status: "in_progress" | "incomplete" | "completed", transcript?: string) => ({
      id: item_id,
      object: "realtime.item" as const,
      type: "message" as const,
      role: "assistant" as const,
      status,
      content: transcript === undefined ? [] : [{ type: "output_audio" as const, transcript }],
    });
    const at = { response_id, item_id, output_index: 0, content_index: 0 };
    const begun = item("in_progress");
    spoken.set(item_id, 0);
    send({ type: "response.output_item.added", response_id, output_index: 0, item: begun });
    send({ type: "conversation.item.added", previous_item_id: null, item: begun });
    send({ type: "response.content_part.added", ...at, part: { type: "audio", transcript: "" } });
    let [transcript, sentMs] = ["", 0];
    const voice = { fromMs: 0, toMs: durationOf(answer) };
    for await (const samples of speak(voice, RATE, signal)) {
      const from = sentMs;
      sentMs += samples.length * 1000 / RATE;
      for (const delta of wordsBetween(answer, from, sentMs)) {
        transcript += delta;
        send({ type: "response.output_audio_transcript.delta", ...at, delta });
      }
      spoken.set(item_id, sentMs);
      send({ type: "response.output_audio.delta", ...at, delta: toBase64(samples) });
    }
    const done = item(signal.aborted ? "incomplete" : "completed", transcript);
    send({ type: "response.output_audio.done", ...at });
    send({ type: "response.output_audio_transcript.done", ...at, transcript });
    send({ type: "response.content_part.done", ...at, part: { type: "audio", transcript } });
    send({ type: "response.output_item.done", response_id, output_index: 0, item: done });
    send({ type: "conversation.item.done", previous_item_id: null, item: done });
  };

  const obey = (event: ClientEvent): void | Promise<void> => {
    switch (event.type) {
      case "session.update":
        config = merged(config, event.session);
        listen();
        return wire.send({
          event_id: id("event"),
          type: "session.updated",
          session: { ...withDefaults(config), model },
        });
      case "input_audio_buffer.append":
        return hear(fromPcm(event.audio));
      case "conversation.item.create":
        if (event.item.type === "function_call_output") takeResult(event.item);
        return tell({ ...event.item, id: event.item.id ?? id("item") });
      case "conversation.item.truncate":
        return truncate(event.item_id, event.audio_end_ms);
      case "response.create":
        return respond(event.response?.metadata);
      case "response.cancel":
        if (!response) {
          throw new Refusal(
            "Cancellation failed: no active response found",
            "response_cancel_not_active",
          );
        }
        return response.cancel.abort();
    }
  };

  const takeResult = ({ call_id, output }: { call_id: string; output: string }) => {
    if (!calls.delete(call_id)) {
      throw new Refusal(`Tool call ID '${call_id}' not found in conversation.`, "invalid_value");
    }
    toolResults.push(output);
  };

  const truncate = (item_id: string, audio_end_ms: number) => {
    const sentMs = spoken.get(item_id);
    if (sentMs === undefined) {
      throw new Refusal(`Item with item_id not found: ${item_id}`, "invalid_value", "item_id");
    }
    if (audio_end_ms > sentMs) {
      throw new Refusal(
        `Audio content of ${sentMs}ms is already shorter than ${audio_end_ms}ms`,
        "invalid_value",
        "audio_end_ms",
      );
    }
    spoken.set(item_id, audio_end_ms);
    truncations.push(audio_end_ms);
    send({ type: "conversation.item.truncated", item_id, content_index: 0, audio_end_ms });
  };

  const receive = async (message: string | ArrayBuffer) => {
    try {
      await obey(parse(message));
    } catch (error) {
      const { message, code, param } = error instanceof Refusal
        ? error
        : new Refusal(String(error), "invalid_value");
      refused(message);
      send({
        type: "error",
        error: { type: "invalid_request_error", code, message, param, event_id: null },
      });
    }
  };

  listen();
  send({
    type: "session.created",
    session: { type: "realtime", model, output_modalities: ["audio"] },
  });
  return {
    session: {
      get config() {
        return config;
      },
      toolResults,
      truncations,
    },
    listener: { receive: (message) => void receive(message), gone: () => response?.cancel.abort() },
  };
}

/** The configuration after an update, which changes what it names. */
function merged(before: SessionConfig | undefined, update: SessionConfig): SessionConfig {
  return {
    ...before,
    ...update,
    audio: {
      input: { ...before?.audio?.input, ...update.audio?.input },
      output: { ...before?.audio?.output, ...update.audio?.output },
    },
  };
}

/** What the server tells of a configuration: what it does unasked, too. */
function withDefaults({ audio, ...config }: SessionConfig): object {
  const format = { type: "audio/pcm", rate: RATE };
  const detection = { create_response: true, interrupt_response: true };
  const given = audio?.input?.turn_detection;
  return {
    ...config,
    audio: {
      input: {
        format,
        ...audio?.input,
        turn_detection: given === null ? null : { type: "server_vad", ...detection, ...given },
      },
      output: { format, voice: "marin", ...audio?.output },
    },
  };
}

/** Reads an event of the client. */
function parse(message: string | ArrayBuffer): ClientEvent {
  if (typeof message !== "string") {
    throw new Refusal("Binary messages are not supported.", "invalid");
  }
  const { success, data, error } = clientEvent.safeParse(JSON.parse(message));
  if (success) return data;
  const [issue] = error.issues;
  const param = issue?.path.join(".") ?? null;
  if (issue?.code === "unrecognized_keys") {
    const name = [...issue.path, issue.keys[0]].join(".");
    throw new Refusal(`Unknown parameter: '${name}'.`, "unknown_parameter", name);
  }
  throw new Refusal(`Invalid value for '${param}': ${issue?.message}`, "invalid_value", param);
}

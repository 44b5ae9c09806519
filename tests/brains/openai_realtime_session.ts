/**
 * One session of the stand-in for OpenAI's Realtime API, as the API's own events tell it.
 *
 * @module
 */
import { callEvents, speechEvents, type Unsent } from "./openai_realtime_answers.ts";
import { merged, RATE, withDefaults } from "./openai_realtime_config.ts";
import {
  type ClientEvent,
  parseClientEvent,
  Refusal,
  type SessionConfig,
} from "./openai_realtime_messages.ts";
import { fromPcm } from "./speech.ts";
import type { WireListener, WireSession } from "./stand_in.ts";
import { STORY, type StoryTurn } from "./story.ts";
import { voiceActivity } from "./voice_activity.ts";

/** One bot's session. */
export interface OpenAIRealtimeSession {
  /** What the bot has configured. */
  readonly config: SessionConfig | undefined;
  /** The results of tools, in order. */
  readonly toolResults: readonly string[];
  /** What the bot said was heard of an answer that was interrupted, in ms, in order. */
  readonly truncations: readonly number[];
}

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
  /** Resolves when no response is being made. */
  let over = Promise.resolve();
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
        if (detection?.create_response !== false) void over.then(() => respond());
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
    const { promise, resolve } = Promise.withResolvers<void>();
    over = promise;
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
      const call = id("call");
      calls.add(call);
      for (const event of callEvents(idsIn(current.id), call, tool)) send(event);
    } else if (turn) {
      const { signal } = current.cancel;
      for await (const event of speechEvents(idsIn(current.id), turn.answer, signal)) {
        speakOf(event);
      }
    }
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
    resolve();
  };

  const idsIn = (response_id: string) => ({ response_id, item_id: id("item") });
  /** Sends an event of a spoken answer, and counts its sound. */
  const speakOf = (event: Unsent) => {
    if (event.type === "response.output_audio.delta") {
      const { item_id, delta } = event;
      spoken.set(item_id, (spoken.get(item_id) ?? 0) + fromPcm(delta).length * 1000 / RATE);
    }
    send(event);
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
      await obey(parseClientEvent(message));
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

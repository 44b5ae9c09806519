/**
 * A stand-in for the Gemini Live API over WebSocket: it takes and refuses what that does, hears by
 * loudness, plays its part of the story, and speaks in chirps.
 *
 * @see https://ai.google.dev/api/live
 * @module
 */
import type { LiveServerMessage } from "npm:@google/genai@3.3.0";
import { type ClientMessage, clientMessage, type Setup } from "./gemini_live_messages.ts";
import { fromPcm, pause, speak, toBase64 } from "./speech.ts";
import {
  arrivals,
  serveStandIn,
  type StandIn,
  type WireListener,
  type WireSession,
} from "./stand_in.ts";
import { durationOf, STORY, type StoryTurn, wordsBetween } from "./story.ts";
import { voiceActivity } from "./voice_activity.ts";

const PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";
/** Samples per second of what the model says, in Hz. */
const SPOKEN_RATE = 24_000;
const MODELS = /^models\/gemini-[\d.]+-flash-(live-preview|native-audio-[\w-]+)$/;
/** How long the setup takes, in ms; a client waits for its end before it sends anything else. */
const SETUP_MS = 100;
/** Close codes: the message is wrong, the request is not allowed. */
const INVALID = 1007;
const NOT_ALLOWED = 1008;

/** One bot's session. */
export interface GeminiLiveSession {
  /** What the bot has configured. */
  readonly setup: Setup | undefined;
  /** The results of tools, in order. */
  readonly toolResults: readonly unknown[];
}

/** The stand-in. */
export interface GeminiLiveServer extends StandIn {
  /** The next session that a bot opens. */
  readonly nextSession: () => Promise<GeminiLiveSession>;
}

/** Serves the API to those who have the key. */
export function geminiLiveServer(apiKey: string): GeminiLiveServer {
  const refusals: string[] = [];
  const sessions = arrivals<GeminiLiveSession>();
  const server = serveStandIn({
    refusals,
    binary: true,
    answer(request) {
      if (new URL(request.url).pathname === PATH) return;
      refusals.push("Not found");
      return new Response("Not found", { status: 404 });
    },
    connect(wire, request) {
      const close = wire.close;
      const refusing = {
        ...wire,
        close(code: number, reason: string) {
          refusals.push(reason);
          close(code, reason);
        },
      };
      const key = new URL(request.url).searchParams.get("key") ??
        request.headers.get("x-goog-api-key");
      if (key !== apiKey) {
        refusing.close(INVALID, "API key not valid. Please pass a valid API key.");
        return { receive() {}, gone() {} };
      }
      const { session, listener } = openSession(refusing);
      sessions.push(session);
      return listener;
    },
  });
  return { ...server, nextSession: sessions.next };
}

/** A message of the server, without what the SDK adds to read it. */
type ServerMessage = Omit<LiveServerMessage, "text" | "data">;

function openSession(
  wire: WireSession,
): { readonly session: GeminiLiveSession; readonly listener: WireListener } {
  let setup: Setup | undefined;
  let ready = false;
  const toolResults: unknown[] = [];
  const calls = new Map<string, string>();
  const turns = [...STORY];
  let speaking: AbortController | undefined;
  let hear: ((samples: Int16Array) => void) | undefined;
  let heardRate = 0;
  const send = (message: ServerMessage) => wire.send(message);

  const listen = (sampleRate: number) => {
    const { silenceDurationMs = 500 } = setup?.realtimeInputConfig?.automaticActivityDetection ??
      {};
    heardRate = sampleRate;
    hear = voiceActivity({
      sampleRate,
      silenceMs: silenceDurationMs,
      started() {
        if (!speaking) return;
        speaking.abort();
        send({ serverContent: { interrupted: true } });
      },
      stopped() {
        const turn = turns.shift();
        if (setup?.inputAudioTranscription) {
          const [first = "", ...rest] = (turn?.said ?? "").split(/(?= )/);
          send({ serverContent: { inputTranscription: { text: first } } });
          send({ serverContent: { inputTranscription: { text: rest.join("") } } });
        }
        if (turn) begin(turn);
      },
    });
  };

  let waiting: StoryTurn | undefined;
  const begin = (turn: StoryTurn) => {
    const { tool, answer } = turn;
    const offered = setup?.tools?.some(({ functionDeclarations }) =>
      functionDeclarations.some(({ name }) => name === tool?.name)
    );
    if (!tool || !offered) return void say(answer);
    const id = `function-call-${calls.size + 1}`;
    calls.set(id, tool.name);
    waiting = turn;
    send({ toolCall: { functionCalls: [{ id, name: tool.name, args: { ...tool.arguments } }] } });
  };

  /** Says an answer. The turn is over only when the user should have heard all of it. */
  const say = async (answer: string) => {
    const { signal } = speaking = new AbortController();
    const began = performance.now();
    let sentMs = 0;
    const voice = { fromMs: 0, toMs: durationOf(answer) };
    for await (const samples of speak(voice, SPOKEN_RATE, signal)) {
      const inlineData = { mimeType: `audio/pcm;rate=${SPOKEN_RATE}`, data: toBase64(samples) };
      send({ serverContent: { modelTurn: { parts: [{ inlineData }] } } });
      const from = sentMs;
      sentMs += samples.length * 1000 / SPOKEN_RATE;
      if (!setup?.outputAudioTranscription) continue;
      for (const text of wordsBetween(answer, from, sentMs)) {
        send({ serverContent: { outputTranscription: { text } } });
      }
    }
    if (!signal.aborted) {
      send({ serverContent: { generationComplete: true } });
      await pause(began + durationOf(answer) - performance.now(), signal);
    }
    speaking = undefined;
    send({ serverContent: { turnComplete: true } });
  };

  const obey = (message: ClientMessage) => {
    if ("setup" in message) {
      if (setup) return wire.close(INVALID, "setup must be the first message and only the first");
      if (!MODELS.test(message.setup.model)) {
        return wire.close(
          NOT_ALLOWED,
          `${message.setup.model} is not found for API version v1beta, or is not supported for bidiGenerateContent.`,
        );
      }
      setup = message.setup;
      setTimeout(() => {
        ready = true;
        send({ setupComplete: {} });
      }, SETUP_MS);
      return;
    }
    if (!setup) return wire.close(INVALID, "setup must be the first message and only the first");
    if (!ready) return wire.close(INVALID, "The setup is not complete.");
    if ("realtimeInput" in message) {
      const { audio } = message.realtimeInput;
      if (!audio) return;
      const rate = Number(audio.mimeType.split("=")[1]);
      if (!hear || rate !== heardRate) listen(rate);
      return hear?.(fromPcm(audio.data));
    }
    for (const { id, name, response } of message.toolResponse.functionResponses) {
      if (calls.get(id) !== name) return wire.close(INVALID, `No function call ${id} of ${name}.`);
      calls.delete(id);
      toolResults.push(response);
    }
    if (calls.size === 0 && waiting) void say(waiting.answer);
    waiting = undefined;
  };

  return {
    session: {
      get setup() {
        return setup;
      },
      toolResults,
    },
    listener: {
      receive(message) {
        const text = typeof message === "string" ? message : new TextDecoder().decode(message);
        const { success, data, error } = clientMessage.safeParse(JSON.parse(text));
        if (success) obey(data);
        else {
          const reason = error.issues.map(({ message }) => message).join("; ");
          wire.close(INVALID, `Invalid JSON payload received. ${reason}`.slice(0, 120));
        }
      },
      gone: () => speaking?.abort(),
    },
  };
}

/**
 * What a bot can send over RTVI: of every type a message with as little as it may have, and messages
 * that have together all that it may have.
 *
 * @module
 */
import { serverMessage } from "../../src/rtvi/protocol.ts";
import type { RtviServerMessage, RtviServerType } from "../../src/rtvi/protocol.ts";
import type { RtviServerData } from "../../src/rtvi/server_messages.ts";

const NOTHING = [undefined];
const TEXT = [{ text: "Good morning." }];
const SAID = {
  text: "Good morning.",
  final: true,
  timestamp: "2026-11-30T12:00:00.000Z",
  user_id: "",
};
const LINE = { text: "Good morning.", output_type: "sentence", segment_id: 7 } as const;
const PROGRESS = { accumulated_text: "Good", remaining_text: " morning." };
const BY = { processor: "llm", model: "m" } as const;
const TOKENS = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } as const;

/** The type makes sure that none is missing. */
const SAMPLES: { readonly [T in RtviServerType]: readonly RtviServerData[T][] } = {
  "bot-ready": [
    { version: "2.2.0" },
    {
      version: "2.2.0",
      about: { library: "@pipecat/runner" },
      capabilities: {
        audio_in: true,
        audio_out: true,
        video_in: false,
        screen_in: false,
        video_out: false,
        metrics: true,
      },
    },
  ],
  "error": [{ error: "No model.", fatal: true }],
  "error-response": [{ error: "Not now." }],
  "server-response": [{ t: "ping" }, { t: "ping", d: { pong: [1, null] } }],
  "server-message": ["text", { any: 1 }],
  "user-started-speaking": NOTHING,
  "user-stopped-speaking": NOTHING,
  "vad-user-started-speaking": NOTHING,
  "vad-user-stopped-speaking": NOTHING,
  "bot-started-speaking": NOTHING,
  "bot-stopped-speaking": NOTHING,
  "bot-interrupted": NOTHING,
  "user-mute-started": NOTHING,
  "user-mute-stopped": NOTHING,
  "user-input": [
    { text: "hi", input_type: "transcription", timestamp: SAID.timestamp, final: false },
    { ...SAID, input_type: "chat", user_id: "anna", msg_id: "m1" },
    { ...SAID, input_type: "backchannel" },
  ],
  "user-transcription": [SAID],
  "stt-raw-text": [SAID],
  "user-llm-text": TEXT,
  "bot-output": [
    { ...LINE, will_be_spoken: false, spoken_status: "new" },
    { ...LINE, will_be_spoken: true, spoken_status: "in-progress", spoken_progress: PROGRESS },
    { ...LINE, will_be_spoken: true, spoken_status: "completed", spoken_progress: PROGRESS },
    { text: "Good", aggregated_by: "word", spoken: true },
  ],
  "bot-transcription": TEXT,
  "bot-llm-started": NOTHING,
  "bot-llm-stopped": NOTHING,
  "bot-llm-text": TEXT,
  "llm-raw-text": TEXT,
  "bot-llm-marker": [
    { text: "" },
    { text: "✓", kind: "complete", raw: "✓ Good morning.", markers: ["✓", "…"] },
  ],
  "bot-llm-search-response": [
    {
      search_result: "Graz",
      rendered_content: "<p>Graz</p>",
      origins: [{
        site_uri: "https://graz.example",
        site_title: "Graz",
        results: [{ text: "Graz", confidence: [0.9] }],
      }],
    },
  ],
  "bot-tts-started": NOTHING,
  "bot-tts-stopped": NOTHING,
  "bot-tts-text": TEXT,
  "tts-raw-text": TEXT,
  "bot-tts-audio": [{ audio: "AAAA", sample_rate: 24_000, num_channels: 1 }],
  "llm-function-call-started": [{}, { function_name: "weather" }],
  "llm-function-call-in-progress": [
    { tool_call_id: "c1" },
    { tool_call_id: "c1", function_name: "weather", arguments: { city: "Graz" } },
  ],
  "llm-function-call-stopped": [
    { tool_call_id: "c1", cancelled: true },
    { tool_call_id: "c1", cancelled: false, function_name: "weather", result: 21 },
  ],
  "llm-function-call": [{ tool_call_id: "c1", function_name: "weather", args: { city: "Graz" } }],
  "metrics": [
    {},
    {
      ttfb: [{ ...BY, value: 0.2 }, { processor: "tts", value: 0.1 }],
      ttfa: [{ ...BY, ttfa: 0.3, ttfb: 0.2, leading_silence: 0.1 }],
      ttfat: [{ ...BY, ttfat: 0.3, ttfb: 0.2, thinking_time: 0.1 }],
      processing: [{ ...BY, value: 0.4 }],
      characters: [{ ...BY, value: 14 }],
      tokens: [TOKENS, {
        ...TOKENS,
        cache_read_input_tokens: 1,
        cache_creation_input_tokens: 1,
        reasoning_tokens: 1,
        input_audio_tokens: 1,
        output_audio_tokens: 1,
        cache_read_input_audio_tokens: 1,
      }],
      stt_usage: [{ ...BY, value: { audio_seconds: 1.5 } }],
    },
  ],
  "user-audio-level": [{ value: 0.5 }],
  "bot-audio-level": [{ value: 0.5 }],
  "system-log": TEXT,
  "ui-command": [{ command: "toast" }, { command: "toast", payload: { title: "Hello" } }],
  "ui-job-group": [
    { kind: "group_started", job_id: "j" },
    {
      kind: "group_started",
      job_id: "j",
      at: 1,
      workers: ["w"],
      label: "Search",
      cancellable: false,
    },
    { kind: "job_update", job_id: "j", at: 1, worker_name: "w", data: { found: 1 } },
    { kind: "job_completed", job_id: "j", worker_name: "w", status: "completed", response: [1] },
    { kind: "group_completed", job_id: "j", at: 2 },
  ],
};

/** All of them, as they go over the wire. */
export function sampleMessages(): RtviServerMessage[] {
  return Object.entries(SAMPLES).flatMap(([type, all]) =>
    all.map((data) => serverMessage(type as RtviServerType, data)) // the keys of SAMPLES
  );
}
